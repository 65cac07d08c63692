// tier.h: the kernels of one instruction set. tier_*.c include it under the compiler's options for the set.
#include "kernels.h"
#include "vector.h"

#include "forward.h"
#include "noise.h"
#include "peak.h"
#include "pointwise.h"
#include "sums.h"
#include "weight_gradient.h"

#define TABLE                                                                                    \
    {                                                                                            \
        .convolution_packed = convolution_packed, .convolution_scratch = convolution_scratch,    \
        .convolution = convolution, .weight_gradient_partial = weight_gradient_partial,          \
        .weight_gradient_scratch = weight_gradient_scratch, .weight_gradient = weight_gradient,  \
        .add = add, .adam = adam, .average = average, .norm_add = norm_add, .mse = mse,          \
        .add_noise = add_noise, .peak = peak,                                                    \
    }
