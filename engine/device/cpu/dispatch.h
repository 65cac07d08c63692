// dispatch.h: which kernels this processor runs.
#ifndef TWEEDIE_DISPATCH_H
#define TWEEDIE_DISPATCH_H

#include "kernels.h"

// kernels_of returns the kernels of the tier plain, avx2 or avx512, or NULL if this build or this processor lacks it.
const struct kernels *kernels_of(const char *tier);

// processor_name stores the processor's name, or an empty string.
void processor_name(char name[49]);

#endif
