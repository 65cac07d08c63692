// shape.h: every convolution as products of rows.
//
// In memory, the pixels of a row and their channels follow each other, so the kernel's columns and channels under one output pixel are one
// contiguous run, and all three kernels, and their adjoints, are one loop over rows x length that moves by pixel_step:
//
//	                        rows  length  row_step  pixel_step  padding  phases  channels
//	3x3                       3    3*C       1          C          1       1        O      its adjoint: taps in reverse order
//	1x1                       1      C       1          C          0       1        O      its adjoint: the same
//	2x2, stride 2             2    2*C       2        2*C          0       1        O
//	2x2, stride 2, adjoint    1      C       1          C          0       2      2*O      output row 2y + phase, two pixels at once
//
// A band is a rectangle of output positions that one task computes. With padding, the band's input is first copied with its border of zeros
// into memory of the thread's own: (rows+2) * (columns+2) * C floats, kept below half of a usual L2 of 1 MiB beside the weights of
// one block of channels. The copy costs one load and one store for 9*O multiply-adds.
#ifndef TWEEDIE_SHAPE_H
#define TWEEDIE_SHAPE_H

#include <string.h>

#include "kernels.h"
#include "vector.h"

struct shape {
    size_t rows, length, row_step, pixel_step, padding;
    size_t height, width, samples;        // output positions
    size_t in_height, in_width, in_channels;
    size_t band_rows, band_columns;       // how many bands a sample is cut into
};

struct band {
    size_t sample, top, left, rows, columns;
};

static inline struct shape shape_of(size_t samples, size_t height, size_t width, size_t channels, size_t kernel, int transposed) {
    if (kernel == 1) { // positions are alike, whatever row or sample they belong to
        width *= samples * height;
        samples = height = 1;
    }
    size_t stride = kernel == 2 && !transposed ? 2 : 1, taps = kernel == 2 && transposed ? 1 : kernel;
    struct shape s = {
        .rows = taps, .length = taps * channels, .row_step = stride, .pixel_step = stride * channels, .padding = kernel == 3,
        .height = height / stride, .width = width / stride, .samples = samples,
        .in_height = height, .in_width = width, .in_channels = channels,
    };
    enum { row_floats = 5 * 1024, band_floats = 48 * 1024 };
    size_t pixels = (kernel == 1 ? band_floats : row_floats) / s.pixel_step / PIXELS * PIXELS;
    if (pixels < PIXELS)
        pixels = PIXELS;
    s.band_columns = parts(s.width, pixels);
    size_t row = (parts(s.width, s.band_columns) + 2 * s.padding) * s.pixel_step * stride;
    size_t rows = band_floats / row > 2 * s.padding + 1 ? band_floats / row - 2 * s.padding : 1;
    s.band_rows = parts(s.height, rows);
    return s;
}

static inline size_t shape_bands(const struct shape *s) { return s->samples * s->band_rows * s->band_columns; }

static inline struct band shape_band(const struct shape *s, size_t index) {
    size_t column = index % s->band_columns, row = index / s->band_columns % s->band_rows;
    struct band b = {.sample = index / s->band_columns / s->band_rows};
    b.top = share(s->height, s->band_rows, row);
    b.left = share(s->width, s->band_columns, column);
    b.rows = share(s->height, s->band_rows, row + 1) - b.top;
    b.columns = share(s->width, s->band_columns, column + 1) - b.left;
    return b;
}

// Floats of input under the largest band, with its border.
static inline size_t shape_scratch(const struct shape *s) {
    size_t rows = (parts(s->height, s->band_rows) - 1) * s->row_step + s->rows;
    return rows * ((parts(s->width, s->band_columns) - 1) * s->pixel_step + s->length);
}

// band_input returns the first of the floats under a band and sets *stride to the distance of its rows: in the tensor itself, or
// in scratch, with the border, if there is padding.
static inline const float *band_input(const struct shape *s, const struct band *b, const float *input, float *scratch, size_t *stride) {
    size_t channels = s->in_channels, line = s->in_width * channels;
    const float *sample = input + b->sample * s->in_height * line;
    if (s->padding == 0) {
        *stride = line;
        return sample + b->top * s->row_step * line + b->left * s->pixel_step;
    }
    size_t row = (b->columns + 2) * channels;
    size_t before = b->left == 0 ? channels : 0, after = b->left + b->columns == s->in_width ? channels : 0;
    for (size_t r = 0; r < b->rows + 2; r++) {
        float *to = scratch + r * row;
        if (b->top + r == 0 || b->top + r > s->in_height) {
            memset(to, 0, row * sizeof *to);
            continue;
        }
        const float *from = sample + (b->top + r - 1) * line + b->left * channels + before - channels;
        memset(to, 0, before * sizeof *to);
        memcpy(to + before, from, (row - before - after) * sizeof *to);
        memset(to + row - after, 0, after * sizeof *to);
    }
    *stride = row;
    return scratch;
}

// A cursor walks through the lines of memory under a band that will be computed later, and asks for them.
struct ahead {
    const float *row;
    size_t rows, columns, stride, column; // in floats
    size_t each;                          // lines for a step, so that the walk ends with the steps
};

// ahead_of starts a walk of count steps through the input under a band, ahead_rows one through any rows. A band past the last gives an empty one.
static inline struct ahead ahead_rows(const float *row, size_t rows, size_t columns, size_t stride, size_t count) {
    return (struct ahead){.row = row, .rows = rows, .columns = columns, .stride = stride, .each = parts(rows * parts(columns, 16), count)};
}

static inline struct ahead ahead_of(const struct shape *s, const float *input, size_t index, size_t count) {
    if (index >= shape_bands(s))
        return (struct ahead){0};
    struct band b = shape_band(s, index);
    size_t stride = s->in_width * s->in_channels;
    input += (b.sample * s->in_height + b.top * s->row_step) * stride + b.left * s->pixel_step;
    return ahead_rows(input, b.rows * s->row_step, b.columns * s->pixel_step, stride, count);
}

INLINE void ahead_step(struct ahead *a) {
    for (size_t i = 0; i < a->each && a->rows > 0; i++) {
        __builtin_prefetch(a->row + a->column, 0, 2);
        a->column += 16;
        if (a->column >= a->columns) {
            a->column = 0;
            a->row += a->stride;
            a->rows--;
        }
    }
}

static inline size_t weight_bytes(const struct convolution *c) { return c->channels * c->out_channels * c->kernel * c->kernel * sizeof *c->weight; }

// Tasks that each thread gets at least, so that all end at nearly the same time, and the rows that a band keeps for them: each
// band copies two rows more than it has.
enum { tasks_per_thread = 4, least_rows = 4 };

// shape_deal lowers the bands, as far as their borders allow, so that there are tasks enough for the threads. Scratch was measured for the higher ones. It
// returns how many tasks have to share a band in addition, each with its part of so many blocks of channels.
static inline size_t shape_deal(struct shape *s, size_t threads, size_t blocks) {
    size_t wanted = tasks_per_thread * threads, bands = shape_bands(s);
    if (bands < wanted)
        s->band_rows = larger(s->band_rows, smaller(parts(s->height, least_rows), s->band_rows * parts(wanted, bands)));
    return smaller(parts(wanted, shape_bands(s)), blocks);
}

#endif
