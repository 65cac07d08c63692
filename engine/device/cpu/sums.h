// sums.h: sums of squares and of magnitudes over many elements, in double and in one order: element i goes to lane i mod 8 of its task, lanes are
// added pairwise, tasks in order. The square of a float is exact in double, so every tier gives the same bits.
#ifndef TWEEDIE_SUMS_H
#define TWEEDIE_SUMS_H

#include <math.h>

#include "kernels.h"
#include "pointwise.h"
#include "vector.h"

enum { sum_lanes = 8 };

typedef double wide __attribute__((vector_size(8 * sum_lanes)));
typedef float narrow __attribute__((vector_size(4 * sum_lanes)));
typedef float narrow_unaligned __attribute__((vector_size(4 * sum_lanes), aligned(4), may_alias));

INLINE double wide_sum(wide v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

INLINE wide square(narrow v) {
    wide w = __builtin_convertvector(v, wide);
    return w * w;
}

INLINE narrow load_narrow(const float *from, size_t count) {
    if (count >= sum_lanes)
        return *(const narrow_unaligned *)from;
    narrow v = {0};
    for (size_t i = 0; i < count; i++)
        v[i] = from[i];
    return v;
}

static void squares_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct squares *s = argument;
    size_t begin = index * pointwise_task, end = smaller(begin + pointwise_task, s->n);
    wide sum = {0};
    for (size_t i = begin; i < end; i += sum_lanes)
        sum += square(load_narrow(s->gradient + i, end - i));
    s->partial[index] = wide_sum(sum);
}

static void squares(struct graph *graph, const struct squares *s) {
    graph_phase(graph, squares_task, s);
    graph_tasks(graph, parts(s->n, pointwise_task));
    graph_reads(graph, s->gradient, s->n * sizeof *s->gradient);
    graph_writes(graph, s->partial, parts(s->n, pointwise_task) * sizeof *s->partial);
}

static void norm_task(const void *argument, size_t index, size_t worker) {
    (void)index, (void)worker;
    const struct norm *n = argument;
    double sum = 0;
    for (size_t i = 0; i < n->n; i++)
        sum += n->partial[i];
    *n->norm = (float)sqrt(sum);
}

static void norm(struct graph *graph, const struct norm *n) {
    graph_phase(graph, norm_task, n);
    graph_tasks(graph, 1);
    graph_reads(graph, n->partial, n->n * sizeof *n->partial);
    graph_writes(graph, n->norm, sizeof *n->norm);
}

static void mse_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct mse *m = argument;
    const float *denoised = m->denoised + index * m->elements, *clean = m->clean + index * m->elements;
    float scale = (float)(2 / ((double)m->samples * (double)m->elements));
    wide sum = {0};
    for (size_t i = 0; i < m->elements; i += sum_lanes) {
        narrow difference = load_narrow(denoised + i, m->elements - i) - load_narrow(clean + i, m->elements - i);
        sum += square(difference);
        for (size_t k = 0; m->gradient && k < sum_lanes && i + k < m->elements; k++)
            m->gradient[index * m->elements + i + k] = scale * difference[k];
    }
    m->losses[index] = (float)(wide_sum(sum) / (double)m->elements);
}

// loss_phase adds the phase of a loss: a task is a sample.
static void loss_phase(struct graph *graph, pool_task *task, const void *loss, size_t samples, size_t elements, const float *denoised,
                       const float *clean, float *gradient, float *losses) {
    graph_phase(graph, task, loss);
    graph_sample_tasks(graph, samples, 1);
    graph_reads_samples(graph, denoised, samples, elements * sizeof *denoised);
    graph_reads_samples(graph, clean, samples, elements * sizeof *clean);
    graph_writes_samples(graph, gradient, samples, elements * sizeof *gradient);
    graph_writes_samples(graph, losses, samples, sizeof *losses);
}

static void mse(struct graph *graph, const struct mse *m) {
    loss_phase(graph, mse_task, m, m->samples, m->elements, m->denoised, m->clean, m->gradient, m->losses);
}

static void l1_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct l1 *l = argument;
    const float *denoised = l->denoised + index * l->elements, *clean = l->clean + index * l->elements;
    float scale = (float)(1 / ((double)l->samples * (double)l->elements));
    wide sum = {0};
    for (size_t i = 0; i < l->elements; i += sum_lanes) {
        narrow difference = load_narrow(denoised + i, l->elements - i) - load_narrow(clean + i, l->elements - i);
        for (size_t k = 0; k < sum_lanes; k++)
            sum[k] += fabs((double)difference[k]);
        for (size_t k = 0; l->gradient && k < sum_lanes && i + k < l->elements; k++) {
            float d = difference[k];
            l->gradient[index * l->elements + i + k] = d > 0 ? scale : d < 0 ? -scale : d; // 0 and NaN stay
        }
    }
    l->losses[index] = (float)(wide_sum(sum) / (double)l->elements);
}

static void l1(struct graph *graph, const struct l1 *l) {
    loss_phase(graph, l1_task, l, l->samples, l->elements, l->denoised, l->clean, l->gradient, l->losses);
}

#endif
