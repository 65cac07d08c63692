// CUDA's keywords and vector types.
#pragma once
#include <cstddef>
#include <cstdint>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __constant__ static const
// A bare __shared__ array would be shared by all blocks, and by no one in particular: the macro makes it an error that says what to write.
#define __shared__ write_SHARED_or_DYNAMIC_SHARED_instead_of___shared__

// Not instrumented in the check build: the emulator's own accesses are no kernel's.
#define EMULATOR_PRIVATE __attribute__((no_sanitize_thread, no_sanitize("undefined")))

struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

// Aligned as on the device, so that a misaligned vector access is seen.
#define EMULATOR_VECTORS(T, name)                                     \
    struct alignas(2 * sizeof(T)) name##2 { T x, y; };                \
    struct alignas(4 * sizeof(T)) name##4 { T x, y, z, w; };          \
    static inline name##2 make_##name##2(T x, T y) { return {x, y}; } \
    static inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
EMULATOR_VECTORS(float, float)
EMULATOR_VECTORS(int, int)
EMULATOR_VECTORS(unsigned, uint)
#undef EMULATOR_VECTORS
