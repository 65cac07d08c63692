// Running a kernel over a grid.
#pragma once
#include "kernel.h"
#include <string>

namespace emulator {

struct Launch {
    const Kernel *kernel;
    const void *arguments;  // as kernel->decode left them
    dim3 grid, block;
    size_t dynamic_bytes;
    size_t shared_limit;  // for static and dynamic shared memory together
};

// check_shape says why CUDA would refuse the launch at once, or nothing.
std::string check_shape(const Launch &launch);

// run returns after the last block, or the first error, as "kernel<<<grid,block>>> block thread line: what".
std::string run(const Launch &launch);

}  // namespace emulator
