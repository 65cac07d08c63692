// amx_gradient.h: the gradient of a 3x3 convolution by its weight, of images in bfloat16, by a tile unit (amx_unit.h).
//
// For each tap, sums[c][o] += input[position + tap][c] * outputGradient[position][o] over the positions of a band, numbered as in amx.h: a product of matrices in
// which positions are what is summed over, 32 a step. So the left side is the input with a channel's positions side by side, which takes a transposition
// (some 15 instructions a position for 64 channels), and the right side pairs of positions of the output's gradient. A tap moves the left side by some
// positions, with rows across two lines, and needs no copy of its own. Positions in the border have an output gradient of zero. So have two rows between
// samples: small ones make one band, one below the other.
//
// A band is at most some 256 KiB of both, for L2. Within it, eight steps at a time, 16 KiB of each side for a block of 32 x 32 channels, serve all nine taps from L1:
// 512 cycles of the unit, and some 100 to bring the four tiles of sums and take them back.
//
// A task is a chunk of the bands and a group of blocks of output channels, with sums of its own; the chunks are added in order at the end. Their numbers depend on
// the shape alone. A chunk of 2048 positions is long against its sums, 9 * C * O floats, which must be cleared and added; groups, each of which transposes the
// input again, make up for few chunks.
#ifndef TWEEDIE_AMX_GRADIENT_H
#define TWEEDIE_AMX_GRADIENT_H

#include "amx_pack.h"
#include "amx_product.h"
#include "gradient_results.h"
#include "kernels.h"
#include "shape.h"

enum { amx_chunk = 2048, amx_most_chunks = 32, amx_fewest_tasks = 16, amx_band_halves = 128 * 1024, amx_stage = 8, amx_square = amx_block * amx_block };

struct amx_gradient_job {
    const struct weight_gradient *g;
    size_t in, out;                 // channels, padded
    size_t in_blocks, out_blocks;   // of amx_block channels
    size_t samples, rows, columns;          // of the largest band
    size_t stacks, band_rows, band_columns; // bands in all are the product
    size_t chunks, groups;
    size_t sums;                    // floats of a chunk: [block of out][block of in][tap][tile][16][16], then the bias
    size_t pitch, steps;            // halves of a channel's positions in the largest band, and steps
};

// Positions that the left side holds for a band: all taps of the last step reach no further.
static size_t amx_pitch(size_t samples, size_t rows, size_t columns) {
    size_t lines = parts(samples * (rows + 2) * (columns + 2) + tile_halves, tile_halves);
    return (lines | 1) * tile_halves; // odd, so that channels do not fall on the same set of a cache
}

static size_t amx_steps(size_t samples, size_t rows, size_t columns) { return parts((samples * (rows + 2) - 2) * (columns + 2) - 2, tile_halves); }

static size_t amx_bands(const struct amx_gradient_job *job) { return job->stacks * job->band_rows * job->band_columns; }

static struct amx_gradient_job amx_gradient_job(const struct weight_gradient *g) {
    struct amx_gradient_job job = {
        .g = g, .in = whole(g->channels, tile_floats), .out = whole(g->out_channels, tile_floats), .in_blocks = parts(g->channels, amx_block),
        .out_blocks = parts(g->out_channels, amx_block),
    };
    size_t positions = larger(amx_band_halves / (job.in + job.out), amx_stage * tile_halves), most = larger(positions / 4, 32);
    job.band_columns = parts(g->width, most);
    job.columns = parts(g->width, job.band_columns);
    job.band_rows = parts(g->height, larger(positions / (job.columns + 2), 1));
    job.rows = parts(g->height, job.band_rows);
    size_t fits = job.band_rows * job.band_columns == 1 ? positions / ((job.rows + 2) * (job.columns + 2)) : 1;
    job.stacks = parts(g->samples, larger(fits, 1));
    job.samples = parts(g->samples, job.stacks);
    job.chunks = larger(smaller(smaller(g->samples * g->height * g->width / amx_chunk, amx_most_chunks), amx_bands(&job)), 1);
    job.groups = smaller(parts(amx_fewest_tasks, job.chunks), job.out_blocks);
    job.sums = job.out_blocks * job.in_blocks * 9 * amx_square + job.out;
    job.pitch = amx_pitch(job.samples, job.rows, job.columns);
    job.steps = amx_steps(job.samples, job.rows, job.columns);
    return job;
}

static size_t amx_gradient_partial(const struct weight_gradient *g) {
    struct amx_gradient_job job = amx_gradient_job(g);
    return job.chunks * job.sums;
}

// Halves of a thread's memory: both sides of the products, and an image that becomes one of them.
static size_t amx_left(const struct amx_gradient_job *job) { return job->in * job->pitch; }
static size_t amx_right(const struct amx_gradient_job *job) { return job->out * job->steps * tile_halves; }
static size_t amx_copy(const struct amx_gradient_job *job) {
    size_t positions = job->samples * (job->rows + 2) * (job->columns + 2) + tile_halves;
    return larger(job->in * job->pitch, job->out * positions);
}

static size_t amx_gradient_scratch(const struct weight_gradient *g) {
    struct amx_gradient_job job = amx_gradient_job(g);
    return parts(amx_left(&job) + amx_right(&job) + amx_copy(&job), 2) + tile_floats;
}

// A band of some samples. Its rows and columns are the same ones of each.
struct amx_stack {
    struct band band; // of the first sample
    size_t samples;
};

static struct amx_stack amx_stack(const struct amx_gradient_job *job, size_t index) {
    const struct weight_gradient *g = job->g;
    size_t column = index % job->band_columns, row = index / job->band_columns % job->band_rows, stack = index / job->band_columns / job->band_rows;
    struct band b = {.sample = share(g->samples, job->stacks, stack), .top = share(g->height, job->band_rows, row), .left = share(g->width, job->band_columns, column)};
    b.rows = share(g->height, job->band_rows, row + 1) - b.top;
    b.columns = share(g->width, job->band_columns, column + 1) - b.left;
    return (struct amx_stack){b, share(g->samples, job->stacks, stack + 1) - b.sample};
}

// The two sides of a band's products.
struct amx_sides {
    uint16_t *left, *right; // left[channel][position], right[channel / 16][step][pair][channel % 16][2]
    size_t pitch, steps, line;
};

// amx_gather brings both sides of a band, the right one for count output channels from channel on.
static struct amx_sides amx_gather(const struct amx_gradient_job *job, const struct amx_stack *stack, size_t channel, size_t count, uint16_t *memory) {
    const struct weight_gradient *g = job->g;
    const struct band *b = &stack->band;
    struct amx_sides s = {
        .left = memory, .right = memory + amx_left(job), .pitch = amx_pitch(stack->samples, b->rows, b->columns),
        .steps = amx_steps(stack->samples, b->rows, b->columns), .line = b->columns + 2,
    };
    uint16_t *copy = s.right + amx_right(job);
    ptrdiff_t top = (ptrdiff_t)b->top, left = (ptrdiff_t)b->left;
    struct image input = {
        .width = g->width, .channels = g->channels, .stride = g->channels, .bottom = (ptrdiff_t)g->height, .right = (ptrdiff_t)g->width,
    };
    struct image gradient = {
        .width = g->width, .channels = count, .stride = g->out_channels,
        .top = top, .left = left, .bottom = top + (ptrdiff_t)b->rows, .right = left + (ptrdiff_t)b->columns,
    };
    size_t each = (b->rows + 2) * s.line, used = stack->samples * each, out = whole(count, tile_floats), pixels = g->height * g->width;
    for (size_t n = 0; n < stack->samples; n++) {
        input.pixels = g->input + (b->sample + n) * pixels * g->channels;
        copy_image(copy + n * each * job->in, &input, top - 1, left - 1, b->rows + 2, s.line, job->in);
    }
    memset(copy + used * job->in, 0, (s.pitch - used) * job->in * sizeof *copy);
    transpose(s.left, s.pitch, copy, job->in, s.pitch);
    for (size_t n = 0; n < stack->samples; n++) {
        gradient.pixels = g->output_gradient + (b->sample + n) * pixels * g->out_channels + channel;
        copy_image(copy + n * each * out, &gradient, top, left, b->rows + 2, s.line, out);
    }
    memset(copy + used * out, 0, tile_halves * out * sizeof *copy);
    pair_up(s.right, copy, out, s.steps * tile_rows);
    return s;
}

// amx_add adds the products of some steps to four tiles of sums, 16 x 16 floats each.
INLINE void amx_add(float *sums, const struct amx_operands *o, const int tall, const int wide) {
#define SUM(below, beside) (sums + (2 * (below) + (beside)) * tile_rows * tile_floats)
    EACH_TILE(TILE_LOAD, SUM, tile_bytes);
    amx_product(o, tall, wide);
    EACH_TILE(TILE_STORE, SUM, tile_bytes);
#undef SUM
}

// amx_gradient_squares adds the products of some steps, for all taps, to the sums of one block of output channels, the right sides of which are given.
static void amx_gradient_squares(const struct amx_gradient_job *job, const struct amx_sides *s, float *sums, const uint16_t *right, int wide, size_t first, size_t steps) {
    for (size_t block = 0; block < job->in_blocks; block++) {
        int tall = job->in - block * amx_block > tile_floats;
        for (size_t tap = 0; tap < 9; tap++, sums += amx_square) {
            const uint16_t *left = s->left + block * amx_block * s->pitch + first * tile_halves + tap / 3 * s->line + tap % 3;
            struct amx_operands o = {
                .left = {left, left + tile_rows * s->pitch}, .right = {right, right + s->steps * tile_rows * tile_halves}, .left_stride = s->pitch * sizeof *left,
                .rows = 1, .steps = steps, .left_step = tile_halves, .right_step = tile_rows * tile_halves,
            };
            if (tall && wide)
                amx_add(sums, &o, 1, 1);
            else if (tall)
                amx_add(sums, &o, 1, 0);
            else if (wide)
                amx_add(sums, &o, 0, 1);
            else
                amx_add(sums, &o, 0, 0);
        }
    }
}

static void amx_gradient_task(const void *argument, size_t index, size_t worker) {
    const struct amx_gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    size_t chunk = index / job->groups, group = index % job->groups;
    size_t first = share(job->out_blocks, job->groups, group), last = share(job->out_blocks, job->groups, group + 1);
    size_t channel = first * amx_block, count = smaller(last * amx_block, g->out_channels) - channel, per_block = job->in_blocks * 9 * amx_square;
    size_t bands = amx_bands(job), line = g->width * g->out_channels;
    float *sums = g->partial + chunk * job->sums, *bias = sums + job->out_blocks * per_block + channel;
    uint16_t *memory = on_line(g->scratch + worker * g->stride);
    memset(sums + first * per_block, 0, (last - first) * per_block * sizeof *sums);
    if (g->bias_gradient)
        memset(bias, 0, count * sizeof *bias);
    tile_configure(&whole_tiles);
    TILE_AREA(0, memory, amx_left(job) * sizeof *memory);
    TILE_AREA(1, memory + amx_left(job), amx_right(job) * sizeof *memory);
    TILE_AREA(2, sums + first * per_block, (last - first) * per_block * sizeof *sums);
    for (size_t i = share(bands, job->chunks, chunk); i < share(bands, job->chunks, chunk + 1); i++) {
        struct amx_stack stack = amx_stack(job, i);
        const struct band *b = &stack.band;
        struct amx_sides s = amx_gather(job, &stack, channel, count, memory);
        for (size_t n = b->sample; g->bias_gradient && n < b->sample + stack.samples; n++)
            bias_band(bias, g->output_gradient + (n * g->height + b->top) * line + b->left * g->out_channels + channel, b->rows, b->columns, line,
                      g->out_channels, count);
        for (size_t step = 0; step < s.steps; step += amx_stage)
            for (size_t block = first; block < last; block++) {
                const uint16_t *right = s.right + ((block - first) * 2 * s.steps + step) * tile_rows * tile_halves;
                amx_gradient_squares(job, &s, sums + block * per_block, right, job->out - block * amx_block > tile_floats, step, smaller(amx_stage, s.steps - step));
            }
    }
    tile_release();
}

// amx_scatter_task adds up the chunks' sums of one square of channels and puts them where the weights are.
static void amx_scatter_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct amx_gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    size_t in = index % job->in_blocks * amx_block, out = index / job->in_blocks * amx_block;
    size_t inputs = smaller(amx_block, g->channels - in), outputs = smaller(amx_block, g->out_channels - out);
    const float *sums = g->partial + index * 9 * amx_square;
    for (size_t tap = 0; tap < 9; tap++)
        for (size_t i = 0; i < inputs; i++)
            for (size_t beside = 0; beside < outputs; beside += tile_floats) {
                const float *from = sums + tap * amx_square + (i / tile_rows * 2 + beside / tile_floats) * tile_rows * tile_floats + i % tile_rows * tile_floats;
                float total[tile_floats];
                for (size_t v = 0; v < tile_floats; v += LANES) {
                    vector sum = LOAD(from + v);
                    for (size_t chunk = 1; chunk < job->chunks; chunk++)
                        sum += LOAD(from + chunk * job->sums + v);
                    STORE(total + v, g->negate ? -sum : sum);
                }
                for (size_t lane = 0; lane < tile_floats && beside + lane < outputs; lane++)
                    g->gradient[((out + beside + lane) * g->channels + in + i) * 9 + tap] = total[lane];
            }
}

static void amx_scatter_bias(const void *argument, size_t index, size_t worker) {
    (void)index, (void)worker;
    const struct amx_gradient_job *job = argument;
    const struct weight_gradient *g = job->g;
    const float *bias = g->partial + job->sums - job->out;
    for (size_t o = 0; o < g->out_channels; o++) {
        float sum = 0;
        for (size_t chunk = 0; chunk < job->chunks; chunk++)
            sum += bias[chunk * job->sums + o];
        g->bias_gradient[o] = g->negate ? -sum : sum;
    }
}

static void amx_gradient(struct graph *graph, const struct weight_gradient *g) {
    struct amx_gradient_job job = amx_gradient_job(g);
    const void *kept = graph_keep(graph, &job, sizeof job);
    size_t partial = amx_gradient_partial(g);
    graph_phase(graph, amx_gradient_task, kept);
    graph_tasks(graph, job.chunks * job.groups);
    gradient_reads(graph, g);
    graph_writes(graph, g->partial, partial * sizeof *g->partial);
    gradient_results(graph, g, kept, partial, amx_scatter_task, job.in_blocks * job.out_blocks, amx_scatter_bias);
}

#endif
