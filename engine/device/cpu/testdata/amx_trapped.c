// amx_trapped.c is amx.c for vectors that any processor has, under another name.
#include "vector.h"

#include "amx_unit.h"

#include "amx_tier.h"

extern const struct kernels kernels_trapped;
const struct kernels kernels_trapped = AMX_TABLE;
