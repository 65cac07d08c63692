// weight_gradient.h: the gradient by the weight, by direct sums: a sum over all pixels of outer products.
//
// For each kernel row, the input's contiguous run of length = columns x channels under a pixel (shape.h) meets the pixel's output channels:
// sums[ky][m][o] += input[m] * outputGradient[o]. One side is broadcast from the tile's scalars, the other fills its vectors; as vectors serve
// whichever side leaves fewer lanes idle: the output's 64 channels against an input of 1, the input's 192 floats against an output of 1.
//
// A tile keeps its 14 x 2 vectors in registers over a whole band (some 500 pixels), then adds them to memory: 28 loads and stores after 14000
// multiply-adds. The bands are dealt to at most 16 chunks, by shape and not by threads; a task is one chunk and one block of the vector side, with
// sums of its own; the chunks are added in order at the end. So the result does not depend on the number of threads. There are no more chunks
// than make 32 tasks: the sums of 512 x 512 channels are 9 MiB a chunk, which must be cleared and added.
#ifndef TWEEDIE_WEIGHT_GRADIENT_H
#define TWEEDIE_WEIGHT_GRADIENT_H

#include "gradient_results.h"
#include "kernels.h"
#include "pack.h"
#include "shape.h"
#include "tile.h"

enum { most_chunks = 16, wanted_tasks = 32 };

struct gradient_job {
    const struct weight_gradient *g;
    struct shape shape;
    int swapped;                     // the input fills the vectors
    size_t scalars, vectors, blocks; // floats of the broadcast side and of the vector side, blocks of the latter
    size_t sums;                     // floats of a chunk: rows x scalars x padded vectors, then the bias
    size_t group;                    // blocks of a task: all if there are few scalars, so that the copy of the input serves enough work
    size_t chunks;
    size_t input, scratch;           // floats of a thread's copy of the input, and of all that it needs
};

static struct gradient_job gradient_job(const struct weight_gradient *g) {
    struct gradient_job job = {.g = g, .shape = shape_of(g->samples, g->height, g->width, g->channels, g->kernel, 0)};
    const struct shape *s = &job.shape;
    size_t length = s->length, out = g->out_channels;
    job.swapped = out * padded(length) < length * padded(out);
    job.scalars = job.swapped ? out : length;
    job.vectors = job.swapped ? length : out;
    job.blocks = parts(job.vectors, BLOCK);
    job.sums = s->rows * job.scalars * padded(job.vectors) + padded(out);
    job.group = job.scalars <= PIXELS ? job.blocks : 1;
    job.chunks = smaller(smaller(shape_bands(s), most_chunks), parts(wanted_tasks, job.blocks / job.group));
    job.input = s->padding ? parts(shape_scratch(s), 16) * 16 : 0;
    job.scratch = job.input + parts(parts(s->height, s->band_rows) * parts(s->width, s->band_columns) * BLOCK, 16) * 16;
    return job;
}

static size_t direct_gradient_partial(const struct weight_gradient *g) {
    struct gradient_job job = gradient_job(g);
    return job.chunks * job.sums;
}

static size_t direct_gradient_scratch(const struct weight_gradient *g) { return gradient_job(g).scratch; }

// copy_block brings width floats from channel on of each pixel of a band together; beyond the count that there are it writes zeros.
static void copy_block(float *to, const float *from, size_t rows, size_t columns, size_t stride, size_t step, size_t width, size_t count) {
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < columns; x++, to += width) {
            const float *at = from + y * stride + x * step;
            if (count == width) {
                for (size_t v = 0; v < width; v += LANES)
                    STORE(to + v, LOAD(at + v));
                continue;
            }
            for (size_t c = 0; c < width; c++)
                to[c] = c < count ? at[c] : 0;
        }
}

// gradient_block adds one band's products to the sums of one block. stride is the distance of the input's rows.
static void gradient_block(const struct gradient_job *job, const struct band *b, const float *input, size_t stride, const float *output, float *packed,
                           size_t block, float *sums, struct ahead ahead[2]) {
    const struct shape *s = &job->shape;
    size_t channels = job->g->out_channels, line = s->width * channels, input_stride = stride * s->row_step;
    size_t width = block_width(job->vectors, block), count = smaller(width, job->vectors - block * BLOCK), tiles = parts(job->scalars, PIXELS);
    if (!job->swapped)
        copy_block(packed, output + block * BLOCK, b->rows, b->columns, line, channels, width, count);
    for (size_t ky = 0; ky < s->rows; ky++) {
        const float *row = input + ky * stride, *vectors = packed, *scalar = job->swapped ? output : row;
        size_t scalar_stride = job->swapped ? line : input_stride, scalar_step = job->swapped ? channels : s->pixel_step;
        size_t vector_stride = b->columns * width, vector_step = width;
        if (job->swapped && count == width) // no lane reads past the run
            vectors = row + block * BLOCK, vector_stride = input_stride, vector_step = s->pixel_step;
        else if (job->swapped)
            copy_block(packed, row + block * BLOCK, b->rows, b->columns, input_stride, s->pixel_step, width, count);
        for (size_t t = 0; t < tiles; t++) {
            size_t first = share(job->scalars, tiles, t), scalars = share(job->scalars, tiles, t + 1) - first;
            ahead_step(&ahead[0]);
            ahead_step(&ahead[1]);
            gradient_tiles[width / LANES - 1][scalars - 1](sums + (ky * job->scalars + first) * width, scalar + first, vectors, b->rows, b->columns,
                                                           scalar_stride, scalar_step, vector_stride, vector_step);
        }
    }
}

static void gradient_task(const void *argument, size_t index, size_t worker) {
    const struct gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    const struct shape *s = &job->shape;
    size_t groups = job->blocks / job->group, chunk = index / groups, first = index % groups * job->group, last = first + job->group;
    size_t per_block = s->rows * job->scalars * BLOCK, per_chunk = s->rows * job->scalars * padded(job->vectors), bands = shape_bands(s);
    float *copy = g->scratch + worker * g->stride, *packed = copy + job->input, *sums = g->partial + chunk * job->sums, *bias = sums + per_chunk;
    memset(sums + first * per_block, 0, (smaller(last * per_block, per_chunk) - first * per_block) * sizeof *sums);
    int with_bias = g->bias_gradient && first == 0;
    if (with_bias)
        memset(bias, 0, g->out_channels * sizeof *bias);
    size_t end = share(bands, job->chunks, chunk + 1), steps = job->group * s->rows * parts(job->scalars, PIXELS), line = s->width * g->out_channels;
    for (size_t i = share(bands, job->chunks, chunk); i < end; i++) {
        struct band b = shape_band(s, i);
        size_t stride;
        const float *input = band_input(s, &b, g->input, copy, &stride);
        const float *output = g->output_gradient + (b.sample * s->height + b.top) * line + b.left * g->out_channels;
        struct ahead ahead[2] = {{0}};
        if (i + 1 < end) {
            struct band next = shape_band(s, i + 1);
            ahead[0] = ahead_of(s, g->input, i + 1, steps);
            ahead[1] = ahead_rows(g->output_gradient + (next.sample * s->height + next.top) * line + next.left * g->out_channels, next.rows,
                                  next.columns * g->out_channels, line, steps);
        }
        if (with_bias)
            bias_band(bias, output, b.rows, b.columns, line, g->out_channels, g->out_channels);
        for (size_t block = first; block < last; block++)
            gradient_block(job, &b, input, stride, output, packed, block, sums + block * per_block, ahead);
    }
}

// reduce_task adds the chunks' sums of one block and kernel row, for up to pack_channels scalars, and puts them where the weights are.
static void reduce_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    size_t rows = job->shape.rows, kernel = g->kernel;
    size_t groups = parts(job->scalars, pack_channels), group = index % groups, ky = index / groups % rows, block = index / groups / rows;
    size_t width = block_width(job->vectors, block), count = smaller(width, job->vectors - block * BLOCK);
    size_t first = group * pack_channels, last = smaller(first + pack_channels, job->scalars);
    const float *partial = g->partial + rows * job->scalars * block * BLOCK + ky * job->scalars * width;
    for (size_t i = first; i < last; i++) {
        float total[BLOCK];
        for (size_t v = 0; v < width; v += LANES) {
            vector sum = LOAD(partial + i * width + v);
            for (size_t chunk = 1; chunk < job->chunks; chunk++)
                sum += LOAD(partial + chunk * job->sums + i * width + v);
            STORE(total + v, g->negate ? -sum : sum);
        }
        for (size_t lane = 0; lane < count; lane++) {
            size_t o = job->swapped ? i : block * BLOCK + lane, m = job->swapped ? block * BLOCK + lane : i;
            size_t kx = m / g->channels, c = m % g->channels;
            g->gradient[((o * g->channels + c) * kernel + ky) * kernel + kx] = total[lane];
        }
    }
}

static void reduce_bias(const void *argument, size_t index, size_t worker) {
    (void)index, (void)worker;
    const struct gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    const float *partial = g->partial + job->sums - padded(g->out_channels);
    for (size_t o = 0; o < g->out_channels; o++) {
        float sum = 0;
        for (size_t chunk = 0; chunk < job->chunks; chunk++)
            sum += partial[chunk * job->sums + o];
        g->bias_gradient[o] = g->negate ? -sum : sum;
    }
}

static void direct_gradient(struct graph *graph, const struct weight_gradient *g) {
    struct gradient_job job = gradient_job(g);
    const void *kept = graph_keep(graph, &job, sizeof job);
    graph_phase(graph, gradient_task, kept);
    graph_tasks(graph, job.chunks * (job.blocks / job.group));
    gradient_reads(graph, g);
    graph_writes(graph, g->partial, direct_gradient_partial(g) * sizeof *g->partial);
    gradient_results(graph, g, kept, direct_gradient_partial(g), reduce_task, job.blocks * job.shape.rows * parts(job.scalars, pack_channels), reduce_bias);
}

#endif
