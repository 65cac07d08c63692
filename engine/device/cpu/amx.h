// amx.h: a 3x3 convolution in bfloat16, or its adjoint, by a tile unit (amx_unit.h): direct sums of products, 16 pixels x 16 channels a tile.
//
// A task is one band of the output (shape.h) and some blocks of 32 channels. It copies the band's input with its border, in bfloat16, (rows+2) x
// (columns+2) pixels of C channels, filled up to a multiple of 32. There the 3*C halves under a pixel in one row of the kernel follow each other, so that a
// tile of the left side is 16 pixels, one pixel apart, x 32 halves of the run, and all three rows of the kernel are 3 * 3*C/32 steps of amx_product.h.
// The right side is the weights: pairs of halves of the run, 16 of them a tile, x 16 output channels.
//
// Positions of the copy are numbered on over the ends of rows: 16 in a row may end in the border, where the unit computes sums that nobody reads, 2 of
// columns + 2. Where it makes fewer tiles, each row has its own, the last of which reaches into what follows; sums of different pixels never meet.
//
// For 64 > 64 channels, a block of 32 pixels and 32 channels takes 18 steps of 64 cycles, and its weights, 36 KiB, come from L2 once for
// each 32 pixels, at 32 bytes a cycle. Then 1024 sums are stored and finished, some 800 instructions of AVX-512 beside those 1152 cycles; the copy is some 30
// instructions a pixel beside 72 cycles. Tensors stay float32 in memory (bfloat16.go), 512 bytes a pixel read and written for 73.7 kFLOP: at 2 TFLOP/s a core
// that is 14 GB/s, more than a core's share of the memory of many machines, so that such a layer runs in caches or is bound by memory. None of this was measured.
//
// A sum's order is that of the steps, whatever band, tile and thread it belongs to. Numbers below 2^-126 count as zero in the unit.
#ifndef TWEEDIE_AMX_H
#define TWEEDIE_AMX_H

#include "amx_pack.h"
#include "amx_product.h"
#include "epilogue.h"
#include "kernels.h"
#include "shape.h"

struct amx_job {
    const struct convolution *c;
    struct shape shape;     // of the padded channels
    size_t channels;        // of the input, padded
    size_t blocks;          // of amx_block output channels
    size_t splits;          // tasks that share a band
};

static struct amx_job amx_job(const struct convolution *c) {
    struct amx_job job = {.c = c, .channels = whole(c->channels, tile_halves), .blocks = parts(c->out_channels, amx_block), .splits = 1};
    job.shape = shape_of(c->samples, c->height, c->width, job.channels, c->kernel, c->transposed);
    return job;
}

// Halves of the weights: packed[block][kernel row][step][tile of the block][pair of the run][output channel][2], where the last block has one tile if that is
// enough.
static size_t amx_halves(const struct convolution *c) { return 9 * whole(c->channels, tile_halves) * whole(c->out_channels, tile_floats); }
static size_t amx_packed(const struct convolution *c) { return parts(amx_halves(c), 2); }

// Halves of the copy of the largest band. The last tile reaches 16 pixels past the last row.
static size_t amx_copied(const struct amx_job *job) {
    const struct shape *s = &job->shape;
    return ((parts(s->height, s->band_rows) + 2) * (parts(s->width, s->band_columns) + 2) + tile_rows) * job->channels;
}

// The copy lies on a line of the caches, so that a tile's row is one of them.
static size_t amx_scratch(const struct convolution *c) {
    struct amx_job job = amx_job(c);
    return parts(amx_copied(&job), 2) + tile_floats;
}

INLINE void *on_line(float *memory) { return memory + (-(uintptr_t)memory / sizeof *memory) % tile_floats; }

// amx_pack_task packs one tap of one block.
static void amx_pack_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct convolution *c = argument;
    size_t tap = index % 9, block = index / 9, channels = whole(c->channels, tile_halves), steps = 3 * channels / tile_halves;
    size_t first = block * amx_block, width = smaller(whole(c->out_channels, tile_floats) - first, amx_block);
    size_t step = tile_rows * width * 2, begin = 9 * channels * first + (tap / 3 * steps + tap % 3 * channels / tile_halves) * step;
    uint16_t *to = (uint16_t *)c->packed + begin;
    for (size_t i = 0; i < channels; i++)
        for (size_t lane = 0; lane < width; lane++) {
            size_t o = first + lane, pair = i % tile_halves / 2;
            const float *kernel = c->transposed ? c->weight + (i * c->out_channels + o) * 9 : c->weight + (o * c->channels + i) * 9;
            uint16_t value = i < c->channels && o < c->out_channels ? half_of(kernel[c->transposed ? 8 - tap : tap]) : 0;
            size_t tile = i / tile_halves * step + lane / tile_floats * tile_rows * tile_halves;
            to[tile + pair * tile_halves + lane % tile_floats * 2 + i % 2] = value;
        }
}

static void amx_pack(struct graph *graph, const struct convolution *c) {
    graph_phase(graph, amx_pack_task, c);
    graph_tasks(graph, 9 * parts(c->out_channels, amx_block));
    graph_reads(graph, c->weight, weight_bytes(c));
    graph_writes(graph, c->packed, amx_packed(c) * sizeof *c->packed);
}

// The tiles of a band: on over the ends of rows, or so many for each row.
struct tile_walk {
    size_t count, line; // tiles, and positions from row to row of the copy
    size_t each;        // tiles of a row, 0 if they go on
};

static struct tile_walk tile_walk(const struct band *b) {
    struct tile_walk on = {.line = b->columns + 2}, rows = {.line = b->columns + 2, .each = parts(b->columns, tile_rows)};
    on.count = parts(b->rows * on.line - 2, tile_rows);
    rows.count = b->rows * rows.each;
    return rows.count <= on.count ? rows : on;
}

static size_t tile_position(const struct tile_walk *w, size_t tile) {
    return w->each ? tile / w->each * w->line + tile % w->each * tile_rows : tile * tile_rows;
}

// amx_finish stores one tile's sums, 16 positions of amx_block floats, where they are pixels of the band.
static void amx_finish(const struct amx_job *job, const struct band *b, size_t line, size_t position, const float *sums, size_t channel) {
    const struct convolution *c = job->c;
    size_t count = smaller(amx_block, c->out_channels - channel);
    for (size_t i = 0; i < tile_rows;) {
        size_t y = (position + i) / line, x = (position + i) % line;
        if (y >= b->rows)
            return;
        if (x >= b->columns) {
            i += line - x;
            continue;
        }
        size_t pixels = smaller(tile_rows - i, b->columns - x), row = b->sample * c->height + b->top + y;
        size_t offset = (row * c->width + b->left + x) * c->out_channels;
        if (c->epilogue.round)
            finish_rounded(&c->epilogue, sums + i * amx_block, amx_block, pixels, offset, c->out_channels, channel, count);
        else
            finish(&c->epilogue, sums + i * amx_block, amx_block, pixels, offset, c->out_channels, channel, count);
        i += pixels;
    }
}

// amx_sums computes the sums of one or two tiles of pixels, of 16 channels or 32: sums[pixel][amx_block].
INLINE void amx_sums(float *sums, const struct amx_operands *o, const int tall, const int wide) {
#define ZERO(tile, at, stride) TILE_ZERO(tile)
#define SUM(below, beside) (sums + (below) * tile_rows * amx_block + (beside) * tile_floats)
    EACH_TILE(ZERO, SUM, 0);
    amx_product(o, tall, wide);
    EACH_TILE(TILE_STORE, SUM, amx_block * sizeof *sums);
#undef ZERO
#undef SUM
}

static void amx_blocks(const struct amx_job *job, const struct band *b, const uint16_t *copy, float *sums, size_t first, size_t last) {
    const struct convolution *c = job->c;
    struct tile_walk walk = tile_walk(b);
    for (size_t block = first; block < last; block++) {
        int wide = c->out_channels - block * amx_block > tile_floats;
        const uint16_t *weight = (const uint16_t *)c->packed + 9 * job->channels * block * amx_block;
        for (size_t t = 0; t < walk.count; t += 2) {
            int tall = t + 1 < walk.count;
            size_t position[2] = {tile_position(&walk, t), tile_position(&walk, t + (size_t)tall)};
            struct amx_operands o = {
                .left = {copy + position[0] * job->channels, copy + position[1] * job->channels}, .right = {weight, weight + tile_rows * tile_halves},
                .left_stride = job->channels * sizeof *copy, .rows = 3, .steps = 3 * job->channels / tile_halves,
                .left_row = walk.line * job->channels, .left_step = tile_halves, .right_step = (wide ? 2 : 1) * tile_rows * tile_halves,
            };
            if (tall && wide)
                amx_sums(sums, &o, 1, 1);
            else if (tall)
                amx_sums(sums, &o, 1, 0);
            else if (wide)
                amx_sums(sums, &o, 0, 1);
            else
                amx_sums(sums, &o, 0, 0);
            for (size_t i = 0; i <= (size_t)tall; i++)
                amx_finish(job, b, walk.line, position[i], sums + i * tile_rows * amx_block, block * amx_block);
        }
    }
}

static void amx_task(const void *argument, size_t index, size_t worker) {
    const struct amx_job *job = argument;
    const struct convolution *c = job->c;
    struct band b = shape_band(&job->shape, index / job->splits);
    size_t split = index % job->splits;
    uint16_t *copy = on_line(c->scratch + worker * c->stride);
    _Alignas(64) float sums[2 * tile_rows * amx_block];
    struct image image = {
        .pixels = c->input + b.sample * c->height * c->width * c->channels, .width = c->width, .channels = c->channels, .stride = c->channels,
        .bottom = (ptrdiff_t)c->height, .right = (ptrdiff_t)c->width,
    };
    copy_image(copy, &image, (ptrdiff_t)b.top - 1, (ptrdiff_t)b.left - 1, b.rows + 2, b.columns + 2, job->channels);
    tile_configure(&whole_tiles);
    TILE_AREA(0, copy, ((b.rows + 2) * (b.columns + 2) + tile_rows) * job->channels * sizeof *copy);
    TILE_AREA(1, c->packed, amx_halves(c) * sizeof *copy);
    TILE_AREA(2, sums, sizeof sums);
    amx_blocks(job, &b, copy, sums, share(job->blocks, job->splits, split), share(job->blocks, job->splits, split + 1));
    tile_release();
}

static void amx(struct graph *graph, const struct convolution *c) {
    struct amx_job job = amx_job(c);
    amx_pack(graph, c);
    job.splits = shape_deal(&job.shape, graph_threads(graph), job.blocks);
    graph_phase(graph, amx_task, graph_keep(graph, &job, sizeof job));
    graph_sample_tasks(graph, c->samples, shape_bands(&job.shape) / c->samples * job.splits);
    graph_reads(graph, c->packed, amx_packed(c) * sizeof *c->packed);
    graph_reads_samples(graph, c->input, c->samples, c->height * c->width * c->channels * sizeof *c->input);
    epilogue_touches(graph, &c->epilogue, c->samples, c->height * c->width * c->out_channels, c->out_channels);
}

#endif
