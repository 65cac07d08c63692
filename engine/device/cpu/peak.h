// peak.h: the two roofs of a roofline (Williams, Waterman & Patterson 2009): the fastest that this instruction set multiplies and adds, 12 chains in
// registers, enough for two units with a latency of 6; and the fastest that memory is read and written, two reads to a write.
#ifndef TWEEDIE_PEAK_H
#define TWEEDIE_PEAK_H

#include "kernels.h"
#include "vector.h"

enum { peak_chains = 12, peak_tasks = 16 }; // many short tasks for each thread, so that all threads end together

static void peak_task(const void *argument, size_t index, size_t worker) {
    const struct peak *p = argument;
    (void)index;
    vector chain[peak_chains], factor = SPLAT(0.999f), term = SPLAT(1e-3f);
    UNROLL for (int i = 0; i < peak_chains; i++)
        chain[i] = SPLAT((float)i);
    for (size_t n = p->steps; n > 0; n--)
        UNROLL for (int i = 0; i < peak_chains; i++)
            chain[i] = FMA(chain[i], factor, term);
    vector sum = chain[0];
    UNROLL for (int i = 1; i < peak_chains; i++)
        sum += chain[i];
    float total = 0;
    for (int i = 0; i < LANES; i++)
        total += sum[i];
    p->results[worker] = total;
}

// peak returns the floating-point operations of one run.
static double peak(struct pool *pool, const struct peak *p) {
    size_t tasks = peak_tasks * pool_threads(pool);
    pool_run(pool, peak_task, p, tasks);
    return 2.0 * LANES * peak_chains * (double)p->steps * (double)tasks;
}

static void stream_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct stream *s = argument;
    size_t begin = index * pointwise_task, end = smaller(begin + pointwise_task, s->n);
    float *restrict to = s->to;
    const float *restrict from = s->from;
    for (size_t i = begin; i < end; i++)
        to[i] += from[i];
}

static void stream(struct pool *pool, const struct stream *s) { pool_run(pool, stream_task, s, parts(s->n, pointwise_task)); }

#endif
