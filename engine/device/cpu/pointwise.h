// pointwise.h: operations that touch each element once: add, Adam and the running average. Memory bounds them (Adam moves 28 bytes for 14
// operations), so the loops are left to the compiler's vectors. Each arithmetic operation rounds once and none is contracted: every tier gives
// the same bits.
//
// A task is 16384 elements: 64 KiB of each tensor, long against the microseconds of handing it out. A smaller tensor is one task, which the caller
// runs without waking anybody.
#ifndef TWEEDIE_POINTWISE_H
#define TWEEDIE_POINTWISE_H

#include <math.h>

#include "kernels.h"
#include "vector.h"



static void add_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct add *a = argument;
    size_t begin = index * pointwise_task, end = smaller(begin + pointwise_task, a->n);
    const float *first = a->input[0], *second = a->input[1], *third = a->input[2], *mask = a->mask;
    float *output = a->output;
    for (size_t i = begin; i < end; i++) {
        float value = first[i];
        if (second)
            value += second[i];
        if (third)
            value += third[i];
        output[i] = !mask || mask[i] > 0 ? value : 0;
    }
}

static void add(struct pool *pool, const struct add *a) { pool_run(pool, add_task, a, parts(a->n, pointwise_task)); }

static void adam_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct adam *a = argument;
    size_t begin = index * pointwise_task, end = smaller(begin + pointwise_task, a->n);
    float *restrict weight = a->weight, *restrict first = a->first, *restrict second = a->second;
    const float *restrict gradient = a->gradient;
    float beta1 = a->beta1, rest1 = a->rest1, beta2 = a->beta2, rest2 = a->rest2, rate = a->rate, correction = a->correction, epsilon = a->epsilon;
    float scale = a->clip > 0 && *a->norm > a->clip ? a->clip / *a->norm : 1;
    for (size_t i = begin; i < end; i++) {
        float g = scale * gradient[i];
        first[i] = beta1 * first[i] + rest1 * g;
        second[i] = beta2 * second[i] + rest2 * (g * g);
        weight[i] -= rate * first[i] / (sqrtf(second[i] * correction) + epsilon);
    }
}

static void adam(struct pool *pool, const struct adam *a) {
    if (isfinite(*a->norm))
        pool_run(pool, adam_task, a, parts(a->n, pointwise_task));
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

static void average(struct pool *pool, const struct average *a) { pool_run(pool, average_task, a, parts(a->n, pointwise_task)); }

#endif
