// Random numbers as package random defines them. The integers are the same on every device; the normal values are computed as the CPU
// computes them (noise.h there), by the same float32 operations in the same order, so that the two devices' noise is the same where the
// CPU has fused multiply-adds, and within 8 units in the last place of 5.77 of the definition everywhere.
#pragma once
#include "device.cuh"

// philox is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011) at the counter (block, sample, step, stream); stream is shifted to the upper 8 bits.
__device__ __forceinline__ uint4 philox(unsigned block, unsigned sample, unsigned step, unsigned stream, uint64_t seed) {
    uint4 c = make_uint4(block, sample, step, stream);
    unsigned key0 = static_cast<unsigned>(seed), key1 = static_cast<unsigned>(seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        unsigned high0 = __umulhi(0xD2511F53u, c.x), low0 = 0xD2511F53u * c.x, high1 = __umulhi(0xCD9E8D57u, c.z), low1 = 0xCD9E8D57u * c.z;
        c = make_uint4(high1 ^ c.y ^ key0, low1, high0 ^ c.w ^ key1, low0);
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return c;
}

// below maps a word to an integer in [0, n): floor(word * n / 2^32).
__device__ __forceinline__ unsigned below(unsigned word, unsigned n) { return __umulhi(word, n); }

// uniform maps a word to one of the 2^24 values k / 2^24 in [0, 1).
__device__ __forceinline__ float uniform(unsigned word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

// logarithm of u = 2^exponent * (1 + f), 1 + f in [sqrt(1/2), sqrt(2)): exponent * ln 2 + f - f^2/2 + f^3 P(f), with ln 2 in two parts. The
// coefficients are those of Moshier's Cephes, single precision.
__device__ __forceinline__ float logarithm(float u) {
    const int half = 0x3f3504f3;  // sqrt(1/2)
    int shifted = __float_as_int(u) - half;
    float exponent = static_cast<float>(shifted >> 23), f = __int_as_float((shifted & 0x7fffff) + half) - 1.0f;
    float p = 7.0376836292e-2f;
    p = fmaf(p, f, -1.1514610310e-1f);
    p = fmaf(p, f, 1.1676998740e-1f);
    p = fmaf(p, f, -1.2420140846e-1f);
    p = fmaf(p, f, 1.4249322787e-1f);
    p = fmaf(p, f, -1.6668057665e-1f);
    p = fmaf(p, f, 2.0000714765e-1f);
    p = fmaf(p, f, -2.4999993993e-1f);
    p = fmaf(p, f, 3.3333331174e-1f);
    float square = f * f, tail = fmaf(exponent, -2.12194440e-4f, p * square * f);
    return fmaf(exponent, 0.693359375f, f + fmaf(square, -0.5f, tail));
}

// normal_pair turns two words into two normal values (Box & Muller 1958): sqrt(-2 ln u) times cosine and sine of 2 pi v. The angle is reduced to
// an eighth of a turn exactly, in integers: v = quadrant/4 + rest, rest in [-1/8, 1/8).
__device__ __forceinline__ float2 normal_pair(unsigned word0, unsigned word1) {
    int k = static_cast<int>(word0 >> 8) + 1, j = static_cast<int>(word1 >> 8);
    float radius = __fsqrt_rn(-2.0f * logarithm(static_cast<float>(k) * 0x1p-24f));
    int quadrant = (j + (1 << 21)) >> 22;
    float x = static_cast<float>(j - quadrant * (1 << 22)) * 0x1p-24f * 6.28318530718f, z = x * x;
    float sine = fmaf(z, fmaf(z, fmaf(z, -1.9515295891e-4f, 8.3321608736e-3f), -1.6666654611e-1f) * x, x);
    float cosine = fmaf(z, 2.443315711809948e-5f, -1.388731625493765e-3f);
    cosine = fmaf(z * z, fmaf(z, cosine, 4.166664568298827e-2f), fmaf(z, -0.5f, 1.0f));
    bool odd = quadrant & 1;
    unsigned first = __float_as_uint(odd ? sine : cosine) ^ static_cast<unsigned>((quadrant + 1) & 2) << 30;
    unsigned second = __float_as_uint(odd ? cosine : sine) ^ static_cast<unsigned>(quadrant & 2) << 30;
    return make_float2(radius * __uint_as_float(first), radius * __uint_as_float(second));
}

// normals turns the four words of a block into its four normal values.
__device__ __forceinline__ float4 normals(uint4 words) {
    float2 first = normal_pair(words.x, words.y), second = normal_pair(words.z, words.w);
    return make_float4(first.x, first.y, second.x, second.y);
}
