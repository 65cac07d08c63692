// epilogue.h: from the sums of a tile to the output. It costs some 10 instructions a vector against the hundreds of multiply-adds behind each
// sum, and saves a pass over memory for each of bias, residual, ReLU and mask.
#ifndef TWEEDIE_EPILOGUE_H
#define TWEEDIE_EPILOGUE_H

#include "kernels.h"
#include "vector.h"

INLINE vector keep(bits condition, vector value) { return (vector)((bits)value & condition); }

// expect asks for the memory that finish will touch, so that it arrives while the tile computes.
static inline void expect(const struct epilogue *e, size_t pixels, size_t at, size_t step, size_t count) {
    for (size_t p = 0; p < pixels; p++, at += step)
        for (size_t c = 0; c < count; c += 16) {
            __builtin_prefetch(e->output + at + c, 1);
            if (e->residual[0])
                __builtin_prefetch(e->residual[0] + at + c);
            if (e->residual[1])
                __builtin_prefetch(e->residual[1] + at + c);
            if (e->mask)
                __builtin_prefetch(e->mask + at + c);
        }
}

// rounded rounds to eight significant bits, ties to even: half of the last place kept is added, with a carry into the exponent where it belongs. NaN stays
// what it is.
INLINE vector rounded(vector value) {
    bits pattern = (bits)value, nearest = (pattern + 0x7fff + (pattern >> 16 & 1)) & (int32_t)0xffff0000;
    bits number = value == value;
    return (vector)((nearest & number) | (pattern & ~number));
}

INLINE float rounded_float(float value) {
    vector v = {value};
    return rounded(v)[0];
}

// finish_as stores count channels of each of pixels: those from channel on, of pixels that begin offset floats into the output and
// are step floats apart. Pixel p's sums begin at sum + p*stride.
INLINE void finish_as(const struct epilogue *e, const float *sum, size_t stride, size_t pixels, size_t offset, size_t step, size_t channel,
                      size_t count, const int round) {
    size_t whole = count / LANES * LANES;
    for (size_t p = 0; p < pixels; p++, sum += stride, offset += step) {
        size_t at = offset + channel;
        for (size_t c = 0; c < whole; c += LANES) {
            vector value = LOAD(sum + c);
            if (e->bias)
                value += LOAD(e->bias + channel + c);
            if (e->negate)
                value = -value;
            if (e->residual[0])
                value += LOAD(e->residual[0] + at + c);
            if (e->residual[1])
                value += LOAD(e->residual[1] + at + c);
            if (e->relu)
                value = keep(~(value < 0), value);
            if (e->mask)
                value = keep(LOAD(e->mask + at + c) > 0, value);
            if (round)
                value = rounded(value);
            STORE(e->output + at + c, value);
        }
        for (size_t c = whole; c < count; c++) {
            float value = sum[c];
            if (e->bias)
                value += e->bias[channel + c];
            if (e->negate)
                value = -value;
            if (e->residual[0])
                value += e->residual[0][at + c];
            if (e->residual[1])
                value += e->residual[1][at + c];
            if (e->relu && value < 0)
                value = 0;
            if (e->mask && !(e->mask[at + c] > 0))
                value = 0;
            e->output[at + c] = round ? rounded_float(value) : value;
        }
    }
}

static inline void finish(const struct epilogue *e, const float *sum, size_t stride, size_t pixels, size_t offset, size_t step, size_t channel,
                          size_t count) {
    finish_as(e, sum, stride, pixels, offset, step, channel, count, 0);
}

// finish_rounded is finish with a result in bfloat16.
static inline void finish_rounded(const struct epilogue *e, const float *sum, size_t stride, size_t pixels, size_t offset, size_t step, size_t channel,
                                  size_t count) {
    finish_as(e, sum, stride, pixels, offset, step, channel, count, 1);
}

// epilogue_touches says what finish will read and write of samples of so many floats.
static inline void epilogue_touches(struct graph *graph, const struct epilogue *e, size_t samples, size_t floats, size_t channels) {
    graph_reads(graph, e->bias, channels * sizeof *e->bias);
    for (int i = 0; i < 2; i++)
        graph_reads_samples(graph, e->residual[i], samples, floats * sizeof *e->output);
    graph_reads_samples(graph, e->mask, samples, floats * sizeof *e->output);
    graph_writes_samples(graph, e->output, samples, floats * sizeof *e->output);
}

#endif
