// gradient_results.h: what the algorithms for the gradient by the weight share: the bias, and the phases around the sums of the chunks.
#ifndef TWEEDIE_GRADIENT_RESULTS_H
#define TWEEDIE_GRADIENT_RESULTS_H

#include "kernels.h"
#include "vector.h"

// bias_band adds count channels of a band's pixels, which are stride floats a row and step floats a column apart.
static inline void bias_band(float *bias, const float *gradient, size_t rows, size_t columns, size_t stride, size_t step, size_t count) {
    size_t o = 0;
    for (; o + LANES <= count; o += LANES) {
        vector sum = {0};
        for (size_t y = 0; y < rows; y++)
            for (size_t x = 0; x < columns; x++)
                sum += LOAD(gradient + y * stride + x * step + o);
        STORE(bias + o, LOAD(bias + o) + sum);
    }
    for (; o < count; o++) {
        float sum = 0;
        for (size_t y = 0; y < rows; y++)
            for (size_t x = 0; x < columns; x++)
                sum += gradient[y * stride + x * step + o];
        bias[o] += sum;
    }
}

// gradient_reads says what the first phase of each algorithm reads: all samples of both images.
static inline void gradient_reads(struct graph *graph, const struct weight_gradient *g) {
    size_t stride = g->kernel == 2 ? 2 : 1, pixels = g->samples * g->height * g->width;
    graph_reads(graph, g->input, pixels * g->channels * sizeof *g->input);
    graph_reads(graph, g->output_gradient, pixels / stride / stride * g->out_channels * sizeof *g->output_gradient);
}

// gradient_results adds the last phases, which add up the partial sums.
static inline void gradient_results(struct graph *graph, const struct weight_gradient *g, const void *job, size_t partial, pool_task *weight, size_t tasks,
                             pool_task *bias) {
    graph_phase(graph, weight, job);
    graph_tasks(graph, tasks);
    graph_reads(graph, g->partial, partial * sizeof *g->partial);
    graph_writes(graph, g->gradient, g->channels * g->out_channels * g->kernel * g->kernel * sizeof *g->gradient);
    if (!g->bias_gradient)
        return;
    graph_phase(graph, bias, job);
    graph_tasks(graph, 1);
    graph_reads(graph, g->partial, partial * sizeof *g->partial);
    graph_writes(graph, g->bias_gradient, g->out_channels * sizeof *g->bias_gradient);
}

#endif
