//go:build cgo

// tier_avx2.c: the kernels for AVX2 and FMA: vectors of 8, 16 registers.
#if defined(__x86_64__) && !defined(__clang__)
#pragma GCC target("avx2,fma,prfchw")
#define TIER_AVX2
#include "tier.h"

const struct kernels kernels_avx2 = TABLE;
#endif
