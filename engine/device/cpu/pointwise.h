// pointwise.h: operations that touch each element once: add, Adam and the running average. Memory bounds them (Adam moves 28 bytes for 14
// operations), so the loops are left to the compiler's vectors. Each arithmetic operation rounds once and none is contracted: every tier gives
// the same bits.
//
// A task is 16384 elements: 64 KiB of each tensor, long against the microseconds of handing it out. A smaller tensor is one task, which the caller
// runs without waking anybody.
#ifndef TWEEDIE_POINTWISE_H
#define TWEEDIE_POINTWISE_H

#include <math.h>
#include <string.h>

#include "kernels.h"
#include "vector.h"

// A stretch is the elements of one task, of samples x elements that are dealt to parts by samples. Each part has as many tasks.
struct stretch {
    size_t begin, end;
};

static size_t stretch_tasks(size_t samples, size_t elements) {
    return larger(parts(parts(samples, graph_parts(samples)) * elements, pointwise_task), 1);
}

static struct stretch stretch_of(size_t samples, size_t elements, size_t index) {
    size_t pieces = graph_parts(samples), tasks = stretch_tasks(samples, elements), piece = index / tasks;
    size_t first = share(samples, pieces, piece) * elements, count = share(samples, pieces, piece + 1) * elements - first;
    return (struct stretch){first + share(count, tasks, index % tasks), first + share(count, tasks, index % tasks + 1)};
}

static void stretch_phase(struct graph *graph, pool_task *task, const void *arguments, size_t samples, size_t elements) {
    graph_phase(graph, task, arguments);
    for (size_t p = 0; p < graph_parts(samples); p++)
        graph_tasks(graph, stretch_tasks(samples, elements));
}

static void add_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct add *a = argument;
    struct stretch stretch = stretch_of(a->samples, a->elements, index);
    const float *first = a->input[0], *second = a->input[1], *third = a->input[2], *mask = a->mask;
    float *output = a->output;
    for (size_t i = stretch.begin; i < stretch.end; i++) {
        float value = first[i];
        if (second)
            value += second[i];
        if (third)
            value += third[i];
        output[i] = !mask || mask[i] > 0 ? value : 0;
    }
}

static void add(struct graph *graph, const struct add *a) {
    stretch_phase(graph, add_task, a, a->samples, a->elements);
    for (int i = 0; i < 3; i++)
        graph_reads_samples(graph, a->input[i], a->samples, a->elements * sizeof *a->output);
    graph_reads_samples(graph, a->mask, a->samples, a->elements * sizeof *a->output);
    graph_writes_samples(graph, a->output, a->samples, a->elements * sizeof *a->output);
}

static void adam_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct adam *a = argument;
    size_t begin = index * pointwise_task, end = smaller(begin + pointwise_task, a->n);
    float *restrict weight = a->weight, *restrict first = a->first, *restrict second = a->second;
    const float *restrict gradient = a->gradient;
    float beta1 = a->beta1, rest1 = a->rest1, beta2 = a->beta2, rest2 = a->rest2, rate = a->rate, correction = a->correction, epsilon = a->epsilon;
    float scale = a->clip > 0 && *a->norm > a->clip ? a->clip / *a->norm : 1;
    if (!isfinite(*a->norm))
        return;
    for (size_t i = begin; i < end; i++) {
        float g = scale * gradient[i];
        first[i] = beta1 * first[i] + rest1 * g;
        second[i] = beta2 * second[i] + rest2 * (g * g);
        weight[i] -= rate * first[i] / (sqrtf(second[i] * correction) + epsilon);
    }
}

static void adam(struct graph *graph, const struct adam *a) {
    graph_phase(graph, adam_task, a);
    graph_tasks(graph, parts(a->n, pointwise_task));
    graph_reads(graph, a->norm, sizeof *a->norm);
    graph_reads(graph, a->gradient, a->n * sizeof *a->gradient);
    graph_writes(graph, a->weight, a->n * sizeof *a->weight);
    graph_writes(graph, a->first, a->n * sizeof *a->first);
    graph_writes(graph, a->second, a->n * sizeof *a->second);
}

static void average_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct average *a = argument;
    size_t begin = index * pointwise_task, end = smaller(begin + pointwise_task, a->n);
    float *restrict average = a->average;
    const float *restrict weight = a->weight;
    for (size_t i = begin; i < end; i++)
        average[i] += a->rest * (weight[i] - average[i]);
}

static void average(struct graph *graph, const struct average *a) {
    graph_phase(graph, average_task, a);
    graph_tasks(graph, parts(a->n, pointwise_task));
    graph_reads(graph, a->weight, a->n * sizeof *a->weight);
    graph_writes(graph, a->average, a->n * sizeof *a->average);
}

static void rounding_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct rounding *r = argument;
    struct stretch stretch = stretch_of(r->samples, r->elements, index);
    const float *from = r->from;
    float *to = r->to;
    for (size_t i = stretch.begin; i < stretch.end; i++) {
        uint32_t pattern, rounded;
        memcpy(&pattern, from + i, 4);
        rounded = (pattern + 0x7fff + (pattern >> 16 & 1)) & 0xffff0000u; // half of the last place kept, with a carry into the exponent where it belongs
        if (from[i] != from[i])
            rounded = pattern;
        memcpy(to + i, &rounded, 4);
    }
}

static void rounding(struct graph *graph, const struct rounding *r) {
    stretch_phase(graph, rounding_task, r, r->samples, r->elements);
    graph_reads_samples(graph, r->from, r->samples, r->elements * sizeof *r->from);
    graph_writes_samples(graph, r->to, r->samples, r->elements * sizeof *r->to);
}

#endif
