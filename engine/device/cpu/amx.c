//go:build cgo

// amx.c: the kernels for AMX, beside AVX-512.
#include "kernels.h"

#if defined(HAVE_AMX)
#pragma GCC target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw,prfchw,amx-tile,amx-bf16")
#define TIER_AVX512
#include "amx_unit.h"

#include "amx_tier.h"

const struct kernels kernels_amx = AMX_TABLE;
#endif
