// curve.h: the curves that make noise alike at all intensities, by the forms that package program prescribes: each operation rounds once and none is
// contracted. Images alone are mapped, one channel each, so that scalar code does: some 5 ns an element.
#ifndef TWEEDIE_CURVE_H
#define TWEEDIE_CURVE_H

#include <float.h>
#include <math.h>

#include "pointwise.h"
#include "samplers.h"

static float curve_at(const struct curve *c, float t) {
    if (t < 0)
        return c->slope * t + c->level;
    float u = t + c->b;
    switch (c->form) {
    case 0:
        u = 1 + c->b * t;
        return c->a * (u <= FLT_MAX ? sampler_logarithm(u) : u);
    case 1: return c->a * t / (sqrtf(u) + c->d);
    case 2: {
        float exponent = c->b * t;
        return c->a * sampler_exponential(exponent > 80 ? 80 : exponent) + c->d;
    }
    case 3: return (c->a * t + c->b) * t + c->d;
    case 4: return c->a / u;
    case 5: return c->a / (u * u);
    case 6: return c->a / sqrtf(u);
    case 7: return c->a / (u * sqrtf(u));
    }
    return NAN;
}

static void curve_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct curve *c = argument;
    struct stretch stretch = stretch_of(c->samples, c->elements, index);
    for (size_t i = stretch.begin; i < stretch.end; i++) {
        float value = curve_at(c, c->input[i]);
        for (int k = 0; k < 2; k++)
            if (c->factor[k])
                value *= c->factor[k][i];
        c->output[i] = value;
    }
}

static void curve(struct graph *graph, const struct curve *c) {
    stretch_phase(graph, curve_task, c, c->samples, c->elements);
    graph_reads_samples(graph, c->input, c->samples, c->elements * sizeof *c->input);
    for (int i = 0; i < 2; i++)
        graph_reads_samples(graph, c->factor[i], c->samples, c->elements * sizeof *c->input);
    graph_writes_samples(graph, c->output, c->samples, c->elements * sizeof *c->output);
}

#endif
