// forward.h: a convolution or its adjoint by direct sums, from the tiles. A task is one band of the output (shape.h), and all its blocks of channels.
// A part of the phase is the bands of some samples.
//
// Blocks are the outer loop: the weights of one, 9 * C * BLOCK floats (72 KiB for 64 channels), stay in L2 while the band's rows and pixels pass by.
#ifndef TWEEDIE_FORWARD_H
#define TWEEDIE_FORWARD_H

#include "epilogue.h"
#include "kernels.h"
#include "pack.h"
#include "shape.h"
#include "thin.h"
#include "tile.h"

struct forward_job {
    const struct convolution *c;
    struct shape shape;
    struct panel panel;
    size_t threads, splits; // splits: tasks that share a band, each with its part of the blocks
    int thin;
};

static struct forward_job forward_job(const struct convolution *c) {
    struct forward_job job = {.c = c, .panel = panel_of(c), .splits = 1};
    job.shape = shape_of(c->samples, c->height, c->width, c->channels, c->kernel, c->transposed);
    job.thin = thin_fits(&job.shape, &job.panel);
    return job;
}

static size_t direct_scratch(const struct convolution *c) {
    struct forward_job job = forward_job(c);
    return job.shape.padding ? shape_scratch(&job.shape) : 0;
}

// forward_blocks computes the blocks from first to last of one band. next is the band that this thread will probably get after it.
static void forward_blocks(const struct forward_job *job, const struct band *b, const float *input, size_t stride, size_t first, size_t last,
                           size_t next) {
    const struct shape *s = &job->shape;
    const struct panel *panel = &job->panel;
    _Alignas(64) float sum[PIXELS * BLOCK];
    size_t tiles = parts(b->columns, PIXELS);
    struct ahead ahead = ahead_of(s, job->c->input, next, panel->phases * (last - first) * b->rows * tiles);
    for (size_t phase = 0; phase < panel->phases; phase++)
        for (size_t block = first; block < last; block++) {
            size_t channel = block * BLOCK, width = block_width(panel->channels, block);
            size_t count = smaller(width, panel->channels - channel);
            const float *weight = job->c->packed + (phase * padded(panel->channels) + channel) * s->rows * s->length;
            for (size_t y = 0; y < b->rows; y++)
                for (size_t t = 0; t < tiles; t++) {
                    size_t x = share(b->columns, tiles, t), pixels = share(b->columns, tiles, t + 1) - x;
                    const float *at = input + y * s->row_step * stride + x * s->pixel_step;
                    size_t row = (b->sample * s->height + b->top + y) * panel->phases + phase;
                    size_t offset = (row * s->width + b->left + x) * panel->channels;
                    expect(&job->c->epilogue, pixels, offset + channel, panel->channels, count);
                    ahead_step(&ahead);
                    forward_tiles[width / LANES - 1][pixels - 1](sum, at, s->rows, s->length, stride, s->pixel_step, weight);
                    finish(&job->c->epilogue, sum, width, pixels, offset, panel->channels, channel, count);
                }
        }
}

static void forward_task(const void *argument, size_t index, size_t worker) {
    const struct forward_job *job = argument;
    struct band b = shape_band(&job->shape, index / job->splits);
    size_t stride, split = index % job->splits, blocks = job->panel.blocks;
    const float *input = band_input(&job->shape, &b, job->c->input, job->c->scratch + worker * job->c->stride, &stride);
    if (job->thin)
        thin_band(&job->c->epilogue, &job->shape, &b, input, stride, job->c->packed, job->panel.channels);
    else
        forward_blocks(job, &b, input, stride, share(blocks, job->splits, split), share(blocks, job->splits, split + 1),
                       (index + job->threads) / job->splits);
}

static void direct(struct graph *graph, const struct convolution *c) {
    struct forward_job job = forward_job(c);
    if (job.thin)
        thin_pack(graph, c);
    else
        pack(graph, c);
    job.threads = graph_threads(graph);
    job.splits = shape_deal(&job.shape, job.threads, job.thin ? 1 : job.panel.blocks);
    graph_phase(graph, forward_task, graph_keep(graph, &job, sizeof job));
    const struct shape *shape = &job.shape;
    graph_sample_tasks(graph, shape->samples, shape_bands(shape) / shape->samples * job.splits);
    graph_reads(graph, c->packed, direct_packed(c) * sizeof *c->packed);
    graph_reads_samples(graph, c->input, shape->samples, shape->in_height * shape->in_width * shape->in_channels * sizeof *c->input);
    epilogue_touches(graph, &c->epilogue, shape->samples, shape->height * shape->width * job.panel.phases * job.panel.channels, c->out_channels);
}

#endif
