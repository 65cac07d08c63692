// winograd_gradient.h: the gradient of a 3x3 convolution by its weight, by winograd.h.
//
// For each of the 36 frequencies, sums[c][o] += patches[t][c] * tiles[t][o] over the tiles t of all samples. A task takes a chunk of the tiles and a group of
// blocks of output channels, and has sums of its own, so that no thread waits for another. It goes through the tiles in stages: transforms some,
// at most 0.5 MB with their patches so that they stay in L2, then multiplies them frequency by frequency with the tile loop of tile.h, whose operands lie in L1
// (12 KiB for 32 tiles, 64 channels and one block). A stage of T tiles reads and writes each sum once for T multiplications.
//
// The second phase adds up the chunks' sums in order and transforms them back. What chunks cost is memory, 36 * C * O floats each, and what groups cost is that
// each transforms the patches again, a tenth of its work for 64 output channels. Their numbers depend on the shape alone.
#ifndef TWEEDIE_WINOGRAD_GRADIENT_H
#define TWEEDIE_WINOGRAD_GRADIENT_H

#include "kernels.h"
#include "pack.h"
#include "tile.h"
#include "weight_gradient.h"
#include "winograd.h"
#include "winograd_forward.h"

enum { chunk_tiles = 128, chunk_floats = 4 * 1024 * 1024, stage_floats = 120 * 1024, fewest_tasks = 4, least_stage = 16, most_stage = 64 };

struct winograd_gradient_job {
    const struct weight_gradient *g;
    struct tiling tiling;
    size_t chunks, groups, stage;  // of tiles; of blocks; most tiles that are transformed at once
    size_t outputs;                // most output channels of a group, padded
    size_t patch, output, sum;     // floats from one frequency to the next: of patches, tiles and sums
    size_t chunk;                  // floats of a chunk's sums, with those of the bias behind them
};

static struct winograd_gradient_job winograd_gradient_job(const struct weight_gradient *g) {
    struct winograd_gradient_job job = {.g = g, .tiling = tiling_of(g->samples, g->height, g->width)};
    size_t in = padded(g->channels), out = padded(g->out_channels), blocks = parts(g->out_channels, BLOCK);
    job.sum = g->channels * out + frequency_gap;
    job.chunk = frequencies * job.sum + out;
    job.chunks = larger(smaller(smaller(job.tiling.count / chunk_tiles, most_chunks), chunk_floats / job.chunk), 1);
    job.groups = smaller(parts(fewest_tasks, job.chunks), blocks);
    job.outputs = smaller(parts(blocks, job.groups) * BLOCK, out);
    size_t fits = stage_floats / (frequencies * (in + job.outputs)), most = parts(job.tiling.count, job.chunks);
    job.stage = smaller(most, larger(smaller(fits, most_stage), least_stage));
    job.stage = parts(most, parts(most, job.stage));
    job.patch = job.stage * in + frequency_gap;
    job.output = job.stage * job.outputs + frequency_gap;
    return job;
}

static size_t winograd_gradient_partial(const struct weight_gradient *g) {
    struct winograd_gradient_job job = winograd_gradient_job(g);
    return job.chunks * job.chunk;
}

static size_t winograd_gradient_scratch(const struct weight_gradient *g) {
    struct winograd_gradient_job job = winograd_gradient_job(g);
    return frequencies * (job.patch + job.output);
}

// gather transforms some tiles and their patches, and adds to the sums of the bias: count output channels from the given one on.
static void gather(const struct winograd_gradient_job *job, size_t first, size_t tiles, size_t channel, size_t count, float *patches, float *outputs,
                   float *bias) {
    const struct weight_gradient *g = job->g;
    size_t in = padded(g->channels), out = padded(count);
    for (size_t t = 0; t < tiles; t++) {
        struct square patch = square_at(&job->tiling, first + t, g->input, g->channels, patch_side, 1);
        struct square tile = square_at(&job->tiling, first + t, g->output_gradient + channel, g->out_channels, tile_side, 0);
        tile.count = count;
        transform_patch(patches + t * in, job->patch, &patch);
        transform_tile(outputs + t * out, job->output, &tile);
        if (g->bias_gradient)
            bias_band(bias, tile.pixels + (tile.top * tile.width + tile.left) * tile.channels, smaller(tile_side, tile.height - tile.top),
                      smaller(tile_side, tile.width - tile.left), tile.width * tile.channels, tile.channels, count);
    }
}

static void winograd_gradient_task(const void *argument, size_t index, size_t worker) {
    const struct winograd_gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    size_t chunk = index / job->groups, group = index % job->groups, blocks = parts(g->out_channels, BLOCK), in = padded(g->channels);
    size_t first_block = share(blocks, job->groups, group), last_block = share(blocks, job->groups, group + 1), channel = first_block * BLOCK;
    size_t count = smaller(last_block * BLOCK, g->out_channels) - channel, out = padded(count), rows = parts(g->channels, PIXELS);
    float *patches = g->scratch + worker * g->stride, *outputs = patches + frequencies * job->patch;
    float *sums = g->partial + chunk * job->chunk, *bias = sums + frequencies * job->sum + channel;
    for (size_t f = 0; f < frequencies; f++)
        memset(sums + f * job->sum + channel * g->channels, 0, out * g->channels * sizeof *sums);
    if (g->bias_gradient)
        memset(bias, 0, out * sizeof *bias);
    size_t begin = share(job->tiling.count, job->chunks, chunk), all = share(job->tiling.count, job->chunks, chunk + 1) - begin;
    size_t stages = parts(all, job->stage);
    for (size_t s = 0; s < stages; s++) {
        size_t first = begin + share(all, stages, s), tiles = begin + share(all, stages, s + 1) - first;
        gather(job, first, tiles, channel, count, patches, outputs, bias);
        for (size_t f = 0; f < frequencies; f++)
            for (size_t block = first_block; block < last_block; block++) {
                size_t width = block_width(g->out_channels, block);
                float *to = sums + f * job->sum + block * BLOCK * g->channels;
                for (size_t r = 0; r < rows; r++) {
                    size_t c = share(g->channels, rows, r), scalars = share(g->channels, rows, r + 1) - c;
                    gradient_tiles[width / LANES - 1][scalars - 1](to + c * width, patches + f * job->patch + c,
                                                                   outputs + f * job->output + block * BLOCK - channel, 1, tiles, 0, in, 0, out);
                }
            }
    }
}

// scatter_task adds up the sums of pack_channels input channels and one block, transforms them back and puts them where the weights are.
static void scatter_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct winograd_gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    size_t slices = parts(g->channels, pack_channels), first = index % slices * pack_channels, block = index / slices;
    size_t last = smaller(first + pack_channels, g->channels), width = block_width(g->out_channels, block);
    float total[frequencies * LANES], kernels[9 * LANES];
    for (size_t c = first; c < last; c++)
        for (size_t v = 0; v < width; v += LANES) {
            const float *sums = g->partial + block * BLOCK * g->channels + c * width + v;
            for (size_t f = 0; f < frequencies; f++) {
                vector sum = LOAD(sums + f * job->sum);
                for (size_t chunk = 1; chunk < job->chunks; chunk++)
                    sum += LOAD(sums + chunk * job->chunk + f * job->sum);
                STORE(total + f * LANES, sum);
            }
            weight_gradient_kernel(kernels, LANES, total, patch_side * LANES, LANES);
            for (size_t lane = 0; lane < LANES && block * BLOCK + v + lane < g->out_channels; lane++) {
                float *to = g->gradient + ((block * BLOCK + v + lane) * g->channels + c) * 9;
                for (size_t tap = 0; tap < 9; tap++)
                    to[tap] = g->negate ? -kernels[tap * LANES + lane] : kernels[tap * LANES + lane];
            }
        }
}

static void scatter_bias(const void *argument, size_t index, size_t worker) {
    (void)index, (void)worker;
    const struct winograd_gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    const float *bias = g->partial + frequencies * job->sum;
    for (size_t o = 0; o < g->out_channels; o++) {
        float sum = 0;
        for (size_t chunk = 0; chunk < job->chunks; chunk++)
            sum += bias[chunk * job->chunk + o];
        g->bias_gradient[o] = g->negate ? -sum : sum;
    }
}

static void winograd_gradient(struct graph *graph, const struct weight_gradient *g) {
    struct winograd_gradient_job job = winograd_gradient_job(g);
    const void *kept = graph_keep(graph, &job, sizeof job);
    size_t partial = winograd_gradient_partial(g);
    graph_phase(graph, winograd_gradient_task, kept);
    graph_tasks(graph, job.chunks * job.groups);
    gradient_reads(graph, g);
    graph_writes(graph, g->partial, partial * sizeof *g->partial);
    gradient_results(graph, g, kept, partial, scatter_task, parts(g->out_channels, BLOCK) * parts(g->channels, pack_channels), scatter_bias);
}

#endif
