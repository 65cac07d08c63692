// Settings, read once from the environment.
#pragma once
#include <cstddef>
#include <cstdint>

namespace emulator {

enum class Schedule { late, eager, random };

// TWEEDIE_EMULATOR_SCHEDULE chooses the order of what CUDA leaves open: unset or "late" runs work when the host waits for it and
// threads from the first, "eager" runs work when it is issued and threads from the last, a number seeds late work and threads in random
// order. TWEEDIE_EMULATOR_MEMORY is the device's memory in bytes, 4 GiB unless set. TWEEDIE_EMULATOR_THREADS is the number of OS threads
// that run a launch's blocks, all processors unless set. TWEEDIE_EMULATOR_TRACE=1 prints a line to standard error for each launch.
// TWEEDIE_EMULATOR_CAPABILITY is 8.0, unless set, or 9.0.
struct Options {
    Schedule schedule;
    uint32_t seed;
    size_t memory;
    unsigned threads;
    bool trace;
    bool hopper;  // compute capability 9.0, else 8.0
};
const Options &options();

inline uint32_t next_random(uint32_t &state) {
    state = state * 1664525u + 1013904223u;  // Numerical Recipes; the high bits are the good ones
    return state >> 8;
}

}  // namespace emulator
