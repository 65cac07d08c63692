// tier.h: the kernels of one instruction set. tier_*.c include it under the compiler's options for the set.
#include "kernels.h"
#include "vector.h"

#include "forward.h"
#include "weight_gradient.h"

#define TABLE                                             \
    {                                                     \
        .lanes = LANES,                                   \
        .convolution_packed = convolution_packed,         \
        .convolution_scratch = convolution_scratch,       \
        .convolution = convolution,                       \
        .weight_gradient_partial = weight_gradient_partial, \
        .weight_gradient_scratch = weight_gradient_scratch, \
        .weight_gradient = weight_gradient,               \
    }
