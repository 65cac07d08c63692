// noise.h: Gaussian noise from Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011) and the transform of Box & Muller (1958), as package random defines
// them. Each block of 4 elements is a pure function of seed, stream, step, sample and block.
//
// Logarithm, sine and cosine are polynomials of our own (coefficients: Moshier's Cephes, single precision, on the intervals there) with explicit
// multiply-adds: no C library changes a bit. Relative error some 2^-23, so that a value is within 2 units in the last place of 5.77; 8 are allowed.
// The integers take about 25 cycles for 4 elements, the rest runs LANES blocks at a time: well below 1 % of a network's work.
#ifndef TWEEDIE_NOISE_H
#define TWEEDIE_NOISE_H

#include <math.h>

#include "kernels.h"
#include "vector.h"

enum { noise_task = 1024 }; // blocks of a task

INLINE void philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0, uint32_t k1, uint32_t words[4]) {
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
    }
    words[0] = c0, words[1] = c1, words[2] = c2, words[3] = c3;
}

INLINE vector to_float(bits v) { return __builtin_convertvector(v, vector); }
INLINE vector constant(float x) { return SPLAT(x); }

INLINE vector square_root(vector v) {
#if defined(TIER_AVX512)
    return (vector)_mm512_sqrt_ps((__m512)v);
#elif defined(TIER_AVX2)
    return (vector)_mm256_sqrt_ps((__m256)v);
#else
    for (int i = 0; i < LANES; i++)
        v[i] = sqrtf(v[i]);
    return v;
#endif
}

// logarithm of u = 2^exponent * (1 + f), 1 + f in [sqrt(1/2), sqrt(2)): exponent * ln 2 + f - f^2/2 + f^3 P(f), with ln 2 in two parts.
INLINE vector logarithm(vector u) {
    const int32_t half = 0x3f3504f3; // sqrt(1/2)
    bits shifted = (bits)u - half;
    vector e = to_float(shifted >> 23), f = (vector)((shifted & 0x7fffff) + half) - 1;
    vector p = constant(7.0376836292e-2f);
    p = FMA(p, f, constant(-1.1514610310e-1f));
    p = FMA(p, f, constant(1.1676998740e-1f));
    p = FMA(p, f, constant(-1.2420140846e-1f));
    p = FMA(p, f, constant(1.4249322787e-1f));
    p = FMA(p, f, constant(-1.6668057665e-1f));
    p = FMA(p, f, constant(2.0000714765e-1f));
    p = FMA(p, f, constant(-2.4999993993e-1f));
    p = FMA(p, f, constant(3.3333331174e-1f));
    vector square = f * f, tail = FMA(e, constant(-2.12194440e-4f), p * square * f);
    return FMA(e, constant(0.693359375f), f + FMA(square, constant(-0.5f), tail));
}

// normals turns two words a lane into two normal values: sqrt(-2 ln u) times cosine and sine of 2 pi v. The angle is reduced to an
// eighth of a turn exactly, in integers: v = quadrant/4 + rest, rest in [-1/8, 1/8).
INLINE void normals(const uint32_t word0[LANES], const uint32_t word1[LANES], vector *first, vector *second) {
    bits j, k;
    for (int i = 0; i < LANES; i++) {
        k[i] = (int32_t)(word0[i] >> 8) + 1;
        j[i] = (int32_t)(word1[i] >> 8);
    }
    vector radius = square_root(-2 * logarithm(to_float(k) * 0x1p-24f));
    bits quadrant = (j + (1 << 21)) >> 22;
    vector x = to_float(j - (quadrant << 22)) * 0x1p-24f * 6.28318530718f, z = x * x;
    vector s = FMA(z, FMA(z, FMA(z, constant(-1.9515295891e-4f), constant(8.3321608736e-3f)), constant(-1.6666654611e-1f)) * x, x);
    vector c = FMA(z, constant(2.443315711809948e-5f), constant(-1.388731625493765e-3f));
    c = FMA(z * z, FMA(z, c, constant(4.166664568298827e-2f)), FMA(z, constant(-0.5f), constant(1)));
    bits odd = (quadrant & 1) == 1, sine_sign = (quadrant & 2) << 30, cosine_sign = ((quadrant + 1) & 2) << 30;
    bits cosine = ((bits)s & odd) | ((bits)c & ~odd), sine = ((bits)c & odd) | ((bits)s & ~odd);
    *first = radius * (vector)(cosine ^ cosine_sign);
    *second = radius * (vector)(sine ^ sine_sign);
}

static void add_noise_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct noise *n = argument;
    size_t blocks = parts(n->elements, 4), tasks = parts(blocks, noise_task), sample = index / tasks;
    size_t begin = index % tasks * noise_task, end = smaller(begin + noise_task, blocks);
    const float *clean = n->clean + sample * n->elements;
    float *noisy = n->noisy + sample * n->elements, level = n->levels[sample];
    for (size_t block = begin; block < end; block += LANES) {
        uint32_t words[4][LANES];
        for (uint32_t lane = 0; lane < LANES; lane++) {
            uint32_t four[4];
            philox((uint32_t)block + lane, (uint32_t)sample, n->step, n->stream, n->key[0], n->key[1], four);
            for (int i = 0; i < 4; i++)
                words[i][lane] = four[i];
        }
        vector value[4];
        normals(words[0], words[1], &value[0], &value[1]);
        normals(words[2], words[3], &value[2], &value[3]);
        size_t last = smaller(4 * smaller(block + LANES, end), n->elements);
        for (size_t e = 4 * block; e < last; e++)
            noisy[e] = clean[e] + level * value[e % 4][e / 4 - block];
    }
}

static void add_noise(struct graph *graph, const struct noise *n) {
    graph_phase(graph, add_noise_task, n);
    graph_sample_tasks(graph, n->samples, parts(parts(n->elements, 4), noise_task));
    graph_reads_samples(graph, n->clean, n->samples, n->elements * sizeof *n->clean);
    graph_reads_samples(graph, n->levels, n->samples, sizeof *n->levels);
    graph_writes_samples(graph, n->noisy, n->samples, n->elements * sizeof *n->noisy);
}

#endif
