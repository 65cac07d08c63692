// Arithmetic that CUDA has and <math.h> lacks. Everything is compiled with -ffp-contract=off, so each operation rounds once, as with
// nvcc -fmad=false; fmaf and fma are correctly rounded on both sides.
#pragma once
#include <math.h>
#include "types.h"

inline unsigned __umulhi(unsigned a, unsigned b) { return unsigned((uint64_t(a) * b) >> 32); }

inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return __builtin_sqrtf(a); }

inline unsigned __float_as_uint(float x) {
    unsigned bits;
    __builtin_memcpy(&bits, &x, 4);
    return bits;
}
inline float __uint_as_float(unsigned bits) {
    float x;
    __builtin_memcpy(&x, &bits, 4);
    return x;
}
inline int __float_as_int(float x) { return int(__float_as_uint(x)); }
inline float __int_as_float(int bits) { return __uint_as_float(unsigned(bits)); }

// No mixed overloads: a comparison of signed with unsigned does not compile here, though nvcc would take it.
#define EMULATOR_MINIMUM(T)                          \
    inline T min(T a, T b) { return b < a ? b : a; } \
    inline T max(T a, T b) { return a < b ? b : a; }
EMULATOR_MINIMUM(int)
EMULATOR_MINIMUM(unsigned)
EMULATOR_MINIMUM(long)
EMULATOR_MINIMUM(unsigned long)
EMULATOR_MINIMUM(long long)
EMULATOR_MINIMUM(unsigned long long)
#undef EMULATOR_MINIMUM
