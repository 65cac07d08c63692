// observe.h: images as the noise models of their samples see them. Scalar code: rejection takes each element its own number of rounds. It is 20 to 100 ns
// an element on one core, some 2 % of the small U-Net's step.
#ifndef TWEEDIE_OBSERVE_H
#define TWEEDIE_OBSERVE_H

#include "samplers.h"

static void observe_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct observe *o = argument;
    size_t blocks = parts(o->elements, 4), tasks = parts(blocks, noise_task), sample = index / tasks;
    size_t begin = index % tasks * noise_task, end = smaller(begin + noise_task, blocks);
    const float *clean = o->clean + sample * o->elements, *condition = o->conditions + 3 * sample;
    float *noisy = o->noisy + sample * o->elements;
    struct words w = {.observe = o, .sample = (uint32_t)sample};
    for (size_t block = begin; block < end; block++) {
        w.block = (uint32_t)block, w.drawn = 0;
        for (size_t e = 4 * block; e < smaller(4 * block + 4, o->elements); e++) {
            w.lane = (uint32_t)(e % 4), w.attempt = 0;
            noisy[e] = sampled(clean[e], condition, &w);
        }
    }
}

static void observe(struct graph *graph, const struct observe *o) {
    graph_phase(graph, observe_task, o);
    graph_sample_tasks(graph, o->samples, parts(parts(o->elements, 4), noise_task));
    graph_reads_samples(graph, o->clean, o->samples, o->elements * sizeof *o->clean);
    graph_reads_samples(graph, o->conditions, o->samples, 3 * sizeof *o->conditions);
    graph_writes_samples(graph, o->noisy, o->samples, o->elements * sizeof *o->noisy);
}

#endif
