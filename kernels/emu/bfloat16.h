// 16-bit floats with 8 bits of exponent, and their conversions.
#pragma once
#include "arithmetic.h"

struct alignas(2) __nv_bfloat16 {
    uint16_t bits;
};

// To nearest even; a NaN becomes 0x7fff, as on the device.
inline __nv_bfloat16 __float2bfloat16(float x) {
    if (x != x) return {0x7fff};
    uint32_t bits = __float_as_uint(x);
    return {uint16_t((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}
inline float __bfloat162float(__nv_bfloat16 x) { return __uint_as_float(uint32_t(x.bits) << 16); }
inline uint16_t __bfloat16_as_ushort(__nv_bfloat16 x) { return x.bits; }

inline uint32_t pack_bf16(float low, float high) {
    return uint32_t(__float2bfloat16(low).bits) | uint32_t(__float2bfloat16(high).bits) << 16;
}

inline uint32_t relu_bf16(uint32_t x) {
    uint32_t result = 0;
    for (int shift = 0; shift < 32; shift += 16) {
        float value = __uint_as_float(x >> shift << 16);
        result |= (value != value ? 0x7fffu : value > 0 ? x >> shift & 0xffffu : 0u) << shift;
    }
    return result;
}
inline uint32_t keep_bf16(uint32_t x, uint32_t mask) {
    uint32_t result = 0;
    for (int shift = 0; shift < 32; shift += 16)
        if (__uint_as_float(mask >> shift << 16) > 0) result |= x & 0xffffu << shift;
    return result;
}
