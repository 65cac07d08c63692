// smooth.h: the activation SiLU with its derivatives, and sums of samples that have factors of their own. Each arithmetic operation rounds once and none
// is contracted: every tier gives the same bits.
#ifndef TWEEDIE_SMOOTH_H
#define TWEEDIE_SMOOTH_H

#include "pointwise.h"

// mask ? a : b in each lane. The compiler would make branches of choices between numbers, and no vectors.
INLINE vector choose(bits mask, vector a, vector b) { return (vector)(((bits)a & mask) | ((bits)b & ~mask)); }

// exp(-a) of a >= 0, 0 above 87: with n = floor(a / ln 2 + 1/2) and r = n ln 2 - a it is 2^-n (1 + r + r^2 P(r)), with package noise's P.
INLINE vector decay(vector a) {
    vector most = SPLAT(87.0f), c = choose(a < most, a, most); // NaN is cut off too, and the result multiplied by it
    bits n = __builtin_convertvector(c * 1.44269504f + 0.5f, bits);
    vector whole = __builtin_convertvector(n, vector), r = whole * 0.693359375f - c;
    r -= whole * 2.12194440e-4f;
    vector p = SPLAT(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1;
    return p * (vector)((127 - n) << 23 & (a <= most));
}

INLINE vector silu_value(vector x, const int order) {
    bits negative = x < SPLAT(0.0f);
    vector t = decay(choose(negative, -x, x)), large = 1 / (1 + t), small = t / (1 + t);
    vector s = choose(negative, small, large), rest = choose(negative, large, small); // s(x) and s(-x)
    if (order == 0)
        return x * s;
    if (order == 1)
        return s * (1 + x * rest);
    return s * rest * (2 + x * (rest - s));
}

// The vector that begins at p, of which so many values are there.
INLINE vector lanes_of(const float *p, size_t count) {
    if (count >= LANES)
        return LOAD(p);
    vector v = SPLAT(0.0f);
    memcpy(&v, p, count * sizeof *p);
    return v;
}

INLINE void silu_loop(const struct silu *a, size_t begin, size_t end, const int order, const int factors) {
    for (size_t i = begin; i < end; i += LANES) {
        vector value = silu_value(lanes_of(a->input + i, end - i), order);
        if (factors > 0)
            value *= lanes_of(a->factor[0] + i, end - i);
        if (factors > 1)
            value *= lanes_of(a->factor[1] + i, end - i);
        if (end - i >= LANES)
            STORE(a->output + i, value);
        else
            memcpy(a->output + i, &value, (end - i) * sizeof *a->output);
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
    if (a->each) {
        const float *restrict f = a->factor[0], *restrict g = a->factor[1];
        for (size_t i = begin; i < end; i++)
            output[i] = second ? f[i] * first[i] + g[i] * second[i] : f[i] * first[i];
        return;
    }
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
        graph_reads_samples(graph, a->factor[i], a->samples, (a->each ? a->elements : 1) * sizeof *a->output);
    }
    graph_writes_samples(graph, a->output, a->samples, a->elements * sizeof *a->output);
}

#endif
