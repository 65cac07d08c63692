// dispatch.h: which kernels this processor runs.
#ifndef TWEEDIE_DISPATCH_H
#define TWEEDIE_DISPATCH_H

#include "kernels.h"

// kernels_of returns the kernels of the tier plain, avx2 or avx512, or NULL if this build or this processor lacks it.
const struct kernels *kernels_of(const char *tier);

// What there is of AMX: not in this processor, or not in this build; not allowed by the system; a unit that computes something wrong.
enum amx_state { amx_usable, amx_absent, amx_refused, amx_wrong };

// amx_kernels returns those for convolutions in bfloat16 by AMX's tile unit, or NULL if it is not usable. It asks the system for the use of the unit's
// registers, once for all threads, and tries the unit.
const struct kernels *amx_kernels(enum amx_state *state);

// processor_name stores the processor's name, or an empty string.
void processor_name(char name[49]);

#endif
