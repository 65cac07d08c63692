//go:build cgo

#include "tier.h"

const struct kernels kernels_plain = TABLE;
