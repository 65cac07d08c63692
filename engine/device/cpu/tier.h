// tier.h: the kernels of one instruction set. tier_*.c include it under the compiler's options for the set.
#include "kernels.h"
#include "vector.h"

#include "curve.h"
#include "forward.h"
#include "noise.h"
#include "observe.h"
#include "peak.h"
#include "pointwise.h"
#include "smooth.h"
#include "sums.h"
#include "weight_gradient.h"
#include "winograd_forward.h"
#include "winograd_gradient.h"

static size_t convolution_packed(const struct convolution *c) { return c->winograd ? winograd_packed(c) : direct_packed(c); }
static size_t convolution_scratch(const struct convolution *c) { return c->winograd ? winograd_scratch(c) : direct_scratch(c); }

static void convolution(struct graph *graph, const struct convolution *c) {
    if (c->winograd)
        winograd(graph, c);
    else
        direct(graph, c);
}

static size_t weight_gradient_partial(const struct weight_gradient *g) { return g->winograd ? winograd_gradient_partial(g) : direct_gradient_partial(g); }
static size_t weight_gradient_scratch(const struct weight_gradient *g) { return g->winograd ? winograd_gradient_scratch(g) : direct_gradient_scratch(g); }

static void weight_gradient(struct graph *graph, const struct weight_gradient *g) {
    if (g->winograd)
        winograd_gradient(graph, g);
    else
        direct_gradient(graph, g);
}

#define TABLE                                                                                    \
    {                                                                                            \
        .convolution_packed = convolution_packed, .convolution_scratch = convolution_scratch,    \
        .convolution = convolution, .weight_gradient_partial = weight_gradient_partial,          \
        .weight_gradient_scratch = weight_gradient_scratch, .weight_gradient = weight_gradient,  \
        .add = add, .adam = adam, .average = average, .squares = squares, .norm = norm,          \
        .mse = mse, .l1 = l1, .add_noise = add_noise, .observe = observe,                        \
        .silu = silu, .scale = scale, .curve = curve, .rounding = rounding,                      \
        .peak = peak, .stream = stream,                                                          \
    }
