// vector.h: the vectors of one instruction set. A file that includes it has defined TIER_AVX512, TIER_AVX2 or neither.
//
//	            lanes   registers   accumulators of a tile (PIXELS x 2 vectors)
//	AVX-512       16       32       14 x 2 = 28, 2 weights, 2 broadcast pixels
//	AVX2 + FMA     8       16        6 x 2 = 12, 2 weights, 2 broadcast pixels
//	plain, NEON    4       32       12 x 2 = 24, 2 weights, 6 scalars
//	plain, SSE2    4       16        6 x 2 = 12, 2 weights, 2 broadcast pixels
//
// A fused multiply-add is always written FMA: the compiler contracts nothing by itself (-std=c11), so that the AVX tiers round alike. Only SSE2,
// which has no such instruction, rounds the product too.
#ifndef TWEEDIE_VECTOR_H
#define TWEEDIE_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#if defined(TIER_AVX512)
#include <immintrin.h>
#define LANES 16
#define PIXELS 14
#define FMA(x, y, z) ((vector)_mm512_fmadd_ps((__m512)(x), (__m512)(y), (__m512)(z)))
#define SPLAT(x) ((vector)_mm512_set1_ps(x))
#elif defined(TIER_AVX2)
#include <immintrin.h>
#define LANES 8
#define PIXELS 6
#define FMA(x, y, z) ((vector)_mm256_fmadd_ps((__m256)(x), (__m256)(y), (__m256)(z)))
#define SPLAT(x) ((vector)_mm256_set1_ps(x))
#else
#define LANES 4
#define SPLAT(x) ((vector){(x), (x), (x), (x)})
#if defined(__aarch64__)
#include <arm_neon.h>
#define PIXELS 12
#define FMA(x, y, z) ((vector)vfmaq_f32((float32x4_t)(z), (float32x4_t)(x), (float32x4_t)(y)))
#else
#define PIXELS 6
#define FMA(x, y, z) ((x) * (y) + (z))
#endif
#endif

#define VECTORS 2                // vectors of output channels in a tile
#define BLOCK (VECTORS * LANES)  // output channels of a tile

typedef float vector __attribute__((vector_size(4 * LANES)));
typedef int32_t bits __attribute__((vector_size(4 * LANES)));
typedef float unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define LOAD(p) ((vector) * (const unaligned *)(p))
#define STORE(p, v) (*(unaligned *)(p) = (v))

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
INLINE size_t larger(size_t a, size_t b) { return a > b ? a : b; }
INLINE size_t parts(size_t n, size_t size) { return (n + size - 1) / size; }

// The part i of n that is cut into count parts as equal as can be: where it begins. It ends where the next one begins.
INLINE size_t share(size_t n, size_t count, size_t i) { return n / count * i + smaller(i, n % count); }

#endif
