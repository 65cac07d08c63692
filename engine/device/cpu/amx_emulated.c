//go:build cgo

// amx_emulated.c: the kernels for AMX on an emulation of its tile unit, in plain C.
#include "amx_emulation.h"

#include "amx_tier.h"

const struct kernels kernels_amx_emulated = AMX_TABLE;
