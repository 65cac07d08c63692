// What a kernel sees of the emulator: CUDA's names for a plain C++17 compiler. Kernels include device.cuh, never this.
//
// Each CUDA thread is a fiber with its own stack; a block runs on one OS thread. The runtime beside this file switches fibers at
// barriers and warp operations and, in the check build, judges every load and store.
#pragma once
#include "arithmetic.h"
#include "bfloat16.h"
#include "kernel.h"
#include "tensor_core.h"
#include "thread.h"
#include "types.h"
