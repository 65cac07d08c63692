// thin.h: convolutions to a few channels, such as the last one of a network, to 1.
//
// A tile of forward.h would leave 15 of 16 lanes idle. Here the lanes run over the input: each output is a scalar product of rows x length floats, 8
// pixels at a time against one load of the weights, so that 8 sums hide the latency of the multiply-add. A sum's lanes are added up last, in a
// fixed order. It needs a length that is a multiple of the vector's, which 3*C is for C = 32, 64, 128; others take the tiles.
#ifndef TWEEDIE_THIN_H
#define TWEEDIE_THIN_H

#include "epilogue.h"
#include "pack.h"
#include "shape.h"
#include "vector.h"

enum { thin_channels = 4, thin_pixels = 8 };

static int thin_fits(const struct shape *s, const struct panel *p) {
    return p->channels <= thin_channels && p->phases == 1 && s->length % LANES == 0;
}

// packed[o][ky][kx][c]: the scalar products' second factor.
static void thin_pack_task(const void *argument, size_t index, size_t worker) {
    (void)index, (void)worker;
    const struct convolution *c = argument;
    size_t area = c->kernel * c->kernel;
    for (size_t o = 0; o < c->out_channels; o++)
        for (size_t tap = 0; tap < area; tap++)
            for (size_t i = 0; i < c->channels; i++)
                c->packed[(o * area + tap) * c->channels + i] = c->transposed ? c->weight[(i * c->out_channels + o) * area + area - 1 - tap]
                                                                              : c->weight[(o * c->channels + i) * area + tap];
}

static void thin_pack(struct graph *graph, const struct convolution *c) {
    graph_phase(graph, thin_pack_task, c);
    graph_tasks(graph, 1);
    graph_reads(graph, c->weight, weight_bytes(c));
    graph_writes(graph, c->packed, weight_bytes(c));
}

INLINE float lanes_sum(vector v) {
    float lane[LANES];
    STORE(lane, v);
    UNROLL for (int half = LANES / 2; half > 0; half /= 2)
        UNROLL for (int i = 0; i < half; i++)
            lane[i] += lane[i + half];
    return lane[0];
}

// sum[p*channels] = over r < rows and k < length: input[r*row_stride + p*pixel_step + k] * weight[r*length + k]
INLINE void thin(float *sum, size_t channels, const float *input, size_t rows, size_t length, size_t row_stride, size_t pixel_step,
                 const float *weight, const int pixels) {
    vector total[thin_pixels];
    UNROLL for (int p = 0; p < pixels; p++)
        total[p] = (vector){0};
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < length; k += LANES) {
            vector w = LOAD(weight + r * length + k);
            UNROLL for (int p = 0; p < pixels; p++)
                total[p] = FMA(LOAD(input + r * row_stride + (size_t)p * pixel_step + k), w, total[p]);
        }
    UNROLL for (int p = 0; p < pixels; p++)
        sum[(size_t)p * channels] = lanes_sum(total[p]);
}

static void thin_band(const struct epilogue *e, const struct shape *s, const struct band *b, const float *input, size_t stride,
                      const float *packed, size_t channels) {
    float sum[thin_pixels * thin_channels];
    for (size_t y = 0; y < b->rows; y++)
        for (size_t x = 0; x < b->columns;) {
            size_t pixels = b->columns - x < thin_pixels ? 1 : thin_pixels;
            const float *at = input + y * s->row_step * stride + x * s->pixel_step;
            for (size_t o = 0; o < channels; o++) {
                const float *weight = packed + o * s->rows * s->length;
                if (pixels == thin_pixels)
                    thin(sum + o, channels, at, s->rows, s->length, stride, s->pixel_step, weight, thin_pixels);
                else
                    thin(sum + o, channels, at, s->rows, s->length, stride, s->pixel_step, weight, 1);
            }
            size_t row = b->sample * s->height + b->top + y;
            finish(e, sum, channels, pixels, (row * s->width + b->left + x) * channels, channels, 0, channels);
            x += pixels;
        }
}

#endif
