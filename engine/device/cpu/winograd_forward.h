// winograd_forward.h: a 3x3 convolution or its adjoint by winograd.h.
//
// A part of the phase is the tiles of some samples, in groups; a task takes a group of tiles, T of them. It transforms their patches for all C input channels (36 * T * C floats), then for each block of output
// channels and each of the 36 frequencies multiplies T x C by C x BLOCK with the tile loop of tile.h, and transforms the sums back. T is one
// to three times PIXELS, with patches of at most 0.6 MB, so that they and one block's sums stay in L2 while the weights, 36 * C * BLOCK floats a
// block, pass by once a group: 2.3 bytes a cycle at T = 28. What finish will read and write is asked for meanwhile. A sum's order does not
// depend on T, nor its value on the number of threads.
#ifndef TWEEDIE_WINOGRAD_FORWARD_H
#define TWEEDIE_WINOGRAD_FORWARD_H

#include "epilogue.h"
#include "kernels.h"
#include "pack.h"
#include "tile.h"
#include "winograd.h"

// Floats by which a frequency's part is longer than its contents, so that 36 parts do not fall on the same lines of the caches.
enum { frequency_gap = 16 };

struct winograd_job {
    const struct convolution *c;
    struct tiling tiling;
    struct panel panel;
    size_t pieces;                // parts that the samples are dealt to
    size_t group, groups, splits; // most tiles of a group; groups of a part; tasks that share a group, each with its part of the blocks
    size_t patches, sums;         // floats from one frequency to the next
};

static struct winograd_job winograd_job(const struct convolution *c) {
    enum { patch_floats = 150 * 1024, most_tiles = 3 };
    struct winograd_job job = {.c = c, .tiling = tiling_of(c->samples, c->height, c->width), .panel = panel_of(c), .splits = 1};
    size_t multiples = patch_floats / (frequencies * padded(c->channels) * PIXELS);
    job.pieces = graph_parts(c->samples);
    size_t most = parts(c->samples, job.pieces) * job.tiling.rows * job.tiling.columns; // tiles of a part
    job.groups = parts(most, larger(smaller(multiples, most_tiles), 1) * PIXELS);
    job.group = parts(most, job.groups);
    job.patches = job.group * padded(c->channels) + frequency_gap;
    job.sums = job.group * BLOCK + frequency_gap;
    return job;
}

static size_t winograd_packed(const struct convolution *c) { return frequencies * c->channels * padded(c->out_channels); }

static size_t winograd_scratch(const struct convolution *c) {
    struct winograd_job job = winograd_job(c);
    return frequencies * (job.patches + job.sums);
}

// winograd_pack_task transforms the weights of pack_channels input channels and one block: packed[block][frequency][c][lane].
static void winograd_pack_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct convolution *c = argument;
    size_t chunks = parts(c->channels, pack_channels), first = index % chunks * pack_channels, block = index / chunks;
    size_t last = smaller(first + pack_channels, c->channels), width = block_width(c->out_channels, block);
    float *to = c->packed + block * BLOCK * frequencies * c->channels, kernels[9 * LANES];
    for (size_t i = first; i < last; i++)
        for (size_t v = 0; v < width; v += LANES) {
            for (size_t lane = 0; lane < LANES; lane++) {
                size_t o = block * BLOCK + v + lane;
                const float *from = c->weight + (c->transposed ? i * c->out_channels + o : o * c->channels + i) * 9;
                for (size_t tap = 0; tap < 9; tap++)
                    kernels[tap * LANES + lane] = o < c->out_channels ? from[c->transposed ? 8 - tap : tap] : 0;
            }
            weight_kernel(to + i * width + v, c->channels * width, kernels, 3 * LANES, LANES);
        }
}

// winograd_finish transforms one tile's sums of one block back and stores its pixels.
static void winograd_finish(const struct winograd_job *job, size_t tile, size_t channel, size_t width, const float *sums) {
    const struct tiling *t = &job->tiling;
    float pixels[tile_side * tile_side * BLOCK];
    struct place p = tile_place(t, tile);
    size_t channels = job->panel.channels, count = smaller(width, channels - channel), columns = smaller(tile_side, t->width - p.left);
    for (size_t v = 0; v < width; v += LANES)
        output_tile(pixels + v, width, sums + v, patch_side * job->sums, job->sums);
    for (size_t y = 0; y < tile_side && p.top + y < t->height; y++) {
        size_t offset = ((p.sample * t->height + p.top + y) * t->width + p.left) * channels;
        finish(&job->c->epilogue, pixels + y * tile_side * width, width, columns, offset, channels, channel, count);
    }
}

// winograd_expect asks for the memory that winograd_finish will touch.
static void winograd_expect(const struct winograd_job *job, size_t tile, size_t channel, size_t width) {
    const struct tiling *t = &job->tiling;
    struct place p = tile_place(t, tile);
    size_t channels = job->panel.channels, count = smaller(width, channels - channel), columns = smaller(tile_side, t->width - p.left);
    for (size_t y = 0; y < tile_side && p.top + y < t->height; y++)
        expect(&job->c->epilogue, columns, ((p.sample * t->height + p.top + y) * t->width + p.left) * channels + channel, channels, count);
}

static void winograd_task(const void *argument, size_t index, size_t worker) {
    const struct winograd_job *job = argument;
    const struct convolution *c = job->c;
    size_t split = index % job->splits, group = index / job->splits % job->groups, piece = index / job->splits / job->groups, step = padded(c->channels);
    size_t sample = share(c->samples, job->pieces, piece), samples = share(c->samples, job->pieces, piece + 1) - sample;
    size_t each = job->tiling.rows * job->tiling.columns, begin = share(samples * each, job->groups, group);
    size_t first = sample * each + begin, tiles = share(samples * each, job->groups, group + 1) - begin;
    float *patches = c->scratch + worker * c->stride, *sums = patches + frequencies * job->patches;
    for (size_t t = 0; t < tiles; t++) {
        struct square s = square_at(&job->tiling, first + t, c->input, c->channels, patch_side, 1);
        transform_patch(patches + t * step, job->patches, &s);
    }
    size_t last = share(job->panel.blocks, job->splits, split + 1), rows = parts(tiles, PIXELS);
    for (size_t block = share(job->panel.blocks, job->splits, split); block < last; block++) {
        size_t width = block_width(c->out_channels, block);
        const float *weight = c->packed + block * BLOCK * frequencies * c->channels;
        for (size_t f = 0; f < frequencies; f++, weight += c->channels * width) {
            for (size_t t = share(tiles, frequencies, f); t < share(tiles, frequencies, f + 1); t++)
                winograd_expect(job, first + t, block * BLOCK, width);
            for (size_t r = 0; r < rows; r++) {
                size_t t = share(tiles, rows, r), count = share(tiles, rows, r + 1) - t;
                forward_tiles[width / LANES - 1][count - 1](sums + f * job->sums + t * width, patches + f * job->patches + t * step, 1, c->channels, 0,
                                                            step, weight);
            }
        }
        for (size_t t = 0; t < tiles; t++)
            winograd_finish(job, first + t, block * BLOCK, width, sums + t * width);
    }
}

static void winograd(struct graph *graph, const struct convolution *c) {
    struct winograd_job job = winograd_job(c);
    graph_phase(graph, winograd_pack_task, c);
    graph_tasks(graph, job.panel.blocks * parts(c->channels, pack_channels));
    graph_reads(graph, c->weight, weight_bytes(c));
    graph_writes(graph, c->packed, winograd_packed(c) * sizeof *c->packed);

    size_t wanted = parts(tasks_per_thread * graph_threads(graph), job.pieces), least = c->samples / job.pieces * job.tiling.rows * job.tiling.columns;
    job.groups = larger(job.groups, smaller(wanted, parts(least, PIXELS)));
    if (job.groups < wanted)
        job.splits = smaller(parts(wanted, job.groups), job.panel.blocks);
    graph_phase(graph, winograd_task, graph_keep(graph, &job, sizeof job));
    for (size_t p = 0; p < job.pieces; p++)
        graph_tasks(graph, job.groups * job.splits);
    graph_reads(graph, c->packed, winograd_packed(c) * sizeof *c->packed);
    graph_reads_samples(graph, c->input, c->samples, c->height * c->width * c->channels * sizeof *c->input);
    epilogue_touches(graph, &c->epilogue, c->samples, c->height * c->width * c->out_channels, c->out_channels);
}

#endif
