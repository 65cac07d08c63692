//go:build cgo

// tier_plain.c: the kernels for plain C: SSE2 on x86-64, NEON on arm64, as the compiler makes it of vectors of 4.
#include "tier.h"

const struct kernels kernels_plain = TABLE;
