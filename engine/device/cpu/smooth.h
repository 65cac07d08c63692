// smooth.h: the activation SiLU with its derivatives, and sums of samples that have factors of their own. Each arithmetic operation rounds once and none
// is contracted: every tier gives the same bits. Loops are left to the compiler's vectors, so exp has no branch and no call.
#ifndef TWEEDIE_SMOOTH_H
#define TWEEDIE_SMOOTH_H

#include "pointwise.h"

// exp(-a) of a >= 0, 0 above 87: with n = floor(a / ln 2 + 1/2) and r = n ln 2 - a it is 2^-n (1 + r + r^2 P(r)), with package noise's P.
INLINE float decay(float a) {
    float c = a < 87 ? a : 87; // NaN too, whose result is multiplied by it
    int32_t n = (int32_t)(c * 1.44269504f + 0.5f), pattern = (127 - n) * (1 << 23);
    float whole = (float)n, r = whole * 0.693359375f - c, scale;
    r -= whole * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1;
    __builtin_memcpy(&scale, &pattern, 4);
    return a <= 87 ? p * scale : 0;
}

INLINE float silu_value(float x, const int order) {
    float t = decay(x < 0 ? -x : x), large = 1 / (1 + t), small = t / (1 + t);
    float s = x < 0 ? small : large, rest = x < 0 ? large : small; // s(x) and s(-x)
    if (order == 0)
        return x * s;
    if (order == 1)
        return s * (1 + x * rest);
    return s * rest * (2 + x * (rest - s));
}

INLINE void silu_loop(const struct silu *a, size_t begin, size_t end, const int order, const int factors) {
    const float *restrict input = a->input, *restrict first = a->factor[0], *restrict second = a->factor[1];
    float *restrict output = a->output;
    for (size_t i = begin; i < end; i++) {
        float value = silu_value(input[i], order);
        if (factors > 0)
            value *= first[i];
        if (factors > 1)
            value *= second[i];
        output[i] = value;
    }
}

static void silu_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct silu *a = argument;
    struct stretch stretch = stretch_of(a->samples, a->elements, index);
#define SILU_CASE(order, factors)                                  \
    case 3 * order + factors:                                      \
        silu_loop(a, stretch.begin, stretch.end, order, factors);  \
        return;
    switch (3 * a->order + a->factors) {
        SILU_CASE(0, 0) SILU_CASE(0, 1) SILU_CASE(0, 2)
        SILU_CASE(1, 0) SILU_CASE(1, 1) SILU_CASE(1, 2)
        SILU_CASE(2, 0) SILU_CASE(2, 1) SILU_CASE(2, 2)
    }
#undef SILU_CASE
}

static void silu(struct graph *graph, const struct silu *a) {
    stretch_phase(graph, silu_task, a, a->samples, a->elements);
    graph_reads_samples(graph, a->input, a->samples, a->elements * sizeof *a->input);
    for (int i = 0; i < a->factors; i++)
        graph_reads_samples(graph, a->factor[i], a->samples, a->elements * sizeof *a->input);
    graph_writes_samples(graph, a->output, a->samples, a->elements * sizeof *a->output);
}

// A task is a part of all elements, whatever samples they belong to.
static void scale_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct scale *a = argument;
    struct stretch stretch = stretch_of(a->samples, a->elements, index);
    size_t begin = stretch.begin, end = stretch.end;
    const float *restrict first = a->input[0], *restrict second = a->input[1];
    float *restrict output = a->output;
    while (begin < end) {
        size_t sample = begin / a->elements, stop = smaller(end, (sample + 1) * a->elements);
        float f = a->factor[0][sample], g = second ? a->factor[1][sample] : 0;
        if (second)
            for (size_t i = begin; i < stop; i++)
                output[i] = f * first[i] + g * second[i];
        else
            for (size_t i = begin; i < stop; i++)
                output[i] = f * first[i];
        begin = stop;
    }
}

static void scale(struct graph *graph, const struct scale *a) {
    stretch_phase(graph, scale_task, a, a->samples, a->elements);
    for (int i = 0; i < 2; i++) {
        graph_reads_samples(graph, a->input[i], a->samples, a->elements * sizeof *a->output);
        graph_reads_samples(graph, a->factor[i], a->samples, sizeof *a->output);
    }
    graph_writes_samples(graph, a->output, a->samples, a->elements * sizeof *a->output);
}

#endif
