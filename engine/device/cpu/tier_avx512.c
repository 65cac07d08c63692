//go:build cgo

// tier_avx512.c: the kernels for AVX-512: vectors of 16, 32 registers.
#if defined(__x86_64__) && !defined(__clang__)
#pragma GCC target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw,prfchw")
#define TIER_AVX512
#include "tier.h"

const struct kernels kernels_avx512 = TABLE;
#endif
