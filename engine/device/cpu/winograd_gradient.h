// winograd_gradient.h: the gradient of a 3x3 convolution by its weight, by winograd.h.
//
// For each of the 36 frequencies, sums[c][o] += patches[t][c] * tiles[t][o] over the tiles t of all samples. They are taken in stages of some 0.6 MB of
// transformed patches and tiles, which stay in L2 between the two phases of a stage, but never of fewer than part_tiles. In the first phase a task
// transforms a group of tiles. In the second a task multiplies one frequency and one block of output channels with the tile loop of tile.h, whose
// operands, part_tiles at a time, stay in L1. So each sum is made by one task in one order, and there is one array of sums, whatever the number of threads.
#ifndef TWEEDIE_WINOGRAD_GRADIENT_H
#define TWEEDIE_WINOGRAD_GRADIENT_H

#include "kernels.h"
#include "pack.h"
#include "tile.h"
#include "weight_gradient.h"
#include "winograd.h"
#include "winograd_forward.h"

enum { group_tiles = 4, part_tiles = 64, stage_floats = 160 * 1024 };

struct winograd_gradient_job {
    const struct weight_gradient *g;
    struct tiling tiling;
    size_t stages, groups;       // groups: most of a stage
    size_t stage, first, tiles;  // the stage under way, its first tile and how many it has
    size_t patches, outputs, sums; // floats from one frequency to the next
    size_t output, sum, bias, end; // where outputs, sums and the groups' bias sums begin in partial; patches begin it
};

static struct winograd_gradient_job winograd_gradient_job(const struct weight_gradient *g) {
    struct winograd_gradient_job job = {.g = g, .tiling = tiling_of(g->samples, g->height, g->width)};
    size_t in = padded(g->channels), out = padded(g->out_channels), count = job.tiling.count;
    job.stages = parts(count, larger(stage_floats / (frequencies * (in + out)), part_tiles));
    size_t most = parts(count, job.stages);
    job.groups = parts(most, group_tiles);
    job.patches = most * in + frequency_gap;
    job.outputs = most * out + frequency_gap;
    job.sums = g->channels * out + frequency_gap;
    job.output = frequencies * job.patches;
    job.sum = job.output + frequencies * job.outputs;
    job.bias = job.sum + frequencies * job.sums;
    job.end = job.bias + job.stages * job.groups * out;
    return job;
}

static size_t winograd_gradient_partial(const struct weight_gradient *g) { return winograd_gradient_job(g).end; }

// gather_task transforms one group of the stage's tiles.
static void gather_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct winograd_gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    size_t in = padded(g->channels), out = padded(g->out_channels), groups = parts(job->tiles, group_tiles);
    float *bias = g->partial + job->bias + (job->stage * job->groups + index) * out;
    if (g->bias_gradient)
        memset(bias, 0, out * sizeof *bias);
    size_t last = share(job->tiles, groups, index + 1);
    for (size_t t = share(job->tiles, groups, index); t < last; t++) {
        struct square patch = square_at(&job->tiling, job->first + t, g->input, g->channels, patch_side, 1);
        struct square tile = square_at(&job->tiling, job->first + t, g->output_gradient, g->out_channels, tile_side, 0);
        transform_patch(g->partial + t * in, job->patches, &patch);
        transform_tile(g->partial + job->output + t * out, job->outputs, &tile);
        if (g->bias_gradient)
            bias_band(bias, tile.pixels + (tile.top * tile.width + tile.left) * tile.channels, smaller(tile_side, tile.height - tile.top),
                      smaller(tile_side, tile.width - tile.left), tile.width * tile.channels, tile.channels);
    }
}

// multiply_task adds the products of the stage's tiles to the sums of one frequency and block.
static void multiply_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct winograd_gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    size_t in = padded(g->channels), out = padded(g->out_channels), blocks = parts(g->out_channels, BLOCK);
    size_t f = index / blocks, block = index % blocks, width = block_width(g->out_channels, block), rows = parts(g->channels, PIXELS);
    const float *patches = g->partial + f * job->patches, *outputs = g->partial + job->output + f * job->outputs + block * BLOCK;
    float *sums = g->partial + job->sum + f * job->sums + block * BLOCK * g->channels;
    if (job->stage == 0)
        memset(sums, 0, g->channels * width * sizeof *sums);
    size_t steps = parts(job->tiles, part_tiles);
    for (size_t i = 0; i < steps; i++) {
        size_t t = share(job->tiles, steps, i), count = share(job->tiles, steps, i + 1) - t;
        for (size_t r = 0; r < rows; r++) {
            size_t c = share(g->channels, rows, r), scalars = share(g->channels, rows, r + 1) - c;
            gradient_tiles[width / LANES - 1][scalars - 1](sums + c * width, patches + t * in + c, outputs + t * out, 1, count, 0, in, 0, out);
        }
    }
}

// scatter_task transforms the sums of pack_channels input channels and one block back and puts them where the weights are.
static void scatter_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct winograd_gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    size_t chunks = parts(g->channels, pack_channels), first = index % chunks * pack_channels, block = index / chunks;
    size_t last = smaller(first + pack_channels, g->channels), width = block_width(g->out_channels, block);
    const float *sums = g->partial + job->sum + block * BLOCK * g->channels;
    float kernels[9 * LANES];
    for (size_t c = first; c < last; c++)
        for (size_t v = 0; v < width; v += LANES) {
            weight_gradient_kernel(kernels, LANES, sums + c * width + v, patch_side * job->sums, job->sums);
            for (size_t lane = 0; lane < LANES && block * BLOCK + v + lane < g->out_channels; lane++) {
                float *to = g->gradient + ((block * BLOCK + v + lane) * g->channels + c) * 9;
                for (size_t tap = 0; tap < 9; tap++)
                    to[tap] = g->negate ? -kernels[tap * LANES + lane] : kernels[tap * LANES + lane];
            }
        }
}

static void winograd_gradient(struct pool *pool, const struct weight_gradient *g) {
    struct winograd_gradient_job job = winograd_gradient_job(g);
    size_t out = padded(g->out_channels), blocks = parts(g->out_channels, BLOCK);
    for (job.stage = 0; job.stage < job.stages; job.stage++) {
        job.first = share(job.tiling.count, job.stages, job.stage);
        job.tiles = share(job.tiling.count, job.stages, job.stage + 1) - job.first;
        pool_run(pool, gather_task, &job, parts(job.tiles, group_tiles));
        pool_run(pool, multiply_task, &job, frequencies * blocks);
    }
    pool_run(pool, scatter_task, &job, blocks * parts(g->channels, pack_channels));
    for (size_t o = 0; g->bias_gradient && o < g->out_channels; o++) {
        float sum = 0;
        for (size_t stage = 0; stage < job.stages; stage++) {
            size_t tiles = share(job.tiling.count, job.stages, stage + 1) - share(job.tiling.count, job.stages, stage);
            for (size_t group = 0; group < parts(tiles, group_tiles); group++)
                sum += g->partial[job.bias + (stage * job.groups + group) * out + o];
        }
        g->bias_gradient[o] = g->negate ? -sum : sum;
    }
}

#endif
