// amx_pack.h: from float32 in memory to bfloat16 as tiles read it: images with their border of zeros, pairs of pixels, and the transposition of a matrix.
//
// The images of a program in bfloat16 hold values that are rounded already, and so do weights; here they lose 16 bits that are zero.
// Channels are filled up with zeros to whole rows of a tile, of 32, so that all tiles have one size.
#ifndef TWEEDIE_AMX_PACK_H
#define TWEEDIE_AMX_PACK_H

#include <string.h>

#include "amx_configuration.h"
#include "shape.h"
#include "vector.h"

enum { amx_block = 2 * tile_floats }; // channels that two tiles hold side by side

INLINE size_t whole(size_t n, size_t size) { return parts(n, size) * size; }

// half_of rounds to the nearest, ties to even. A NaN stays one: it becomes quiet.
INLINE uint16_t half_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16, quiet = bits >> 16 | 0x40;
    return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

static void halves(uint16_t *restrict to, const float *restrict from, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = half_of(from[i]);
}

// image is some channels of one sample, of which a copy takes the pixels in the rectangle; all others are zero there.
struct image {
    const float *pixels;
    size_t width, channels, stride; // stride: floats from pixel to pixel
    ptrdiff_t top, left, bottom, right; // first and behind the last
};

// copy_image writes rows x columns pixels in bfloat16, the first of which is that at (top, left), with each pixel's channels filled up to padded.
static void copy_image(uint16_t *to, const struct image *image, ptrdiff_t top, ptrdiff_t left, size_t rows, size_t columns, size_t padded) {
    size_t channels = image->channels;
    ptrdiff_t begin = image->left > left ? image->left - left : 0, end = image->right - left;
    if (end > (ptrdiff_t)columns)
        end = (ptrdiff_t)columns;
    for (size_t r = 0; r < rows; r++, to += columns * padded) {
        ptrdiff_t y = top + (ptrdiff_t)r;
        if (y < image->top || y >= image->bottom || begin >= end) {
            memset(to, 0, columns * padded * sizeof *to);
            continue;
        }
        size_t first = (size_t)begin, count = (size_t)(end - begin);
        const float *from = image->pixels + ((size_t)y * image->width + (size_t)(left + begin)) * image->stride;
        memset(to, 0, first * padded * sizeof *to);
        memset(to + (first + count) * padded, 0, (columns - first - count) * padded * sizeof *to);
        if (channels == padded && channels == image->stride) {
            halves(to + first * padded, from, count * channels);
            continue;
        }
        for (size_t x = first; x < first + count; x++, from += image->stride) {
            halves(to + x * padded, from, channels);
            memset(to + x * padded + channels, 0, (padded - channels) * sizeof *to);
        }
    }
}

// The pairs of 16 channels: one pixel's in the lower halves, the next one's in the upper ones.
typedef uint32_t pairs __attribute__((vector_size(4 * tile_floats), aligned(4), may_alias));
typedef uint16_t pair_side __attribute__((vector_size(2 * tile_floats), aligned(2), may_alias));

INLINE pairs pair_of(const uint16_t *pixel, size_t step) {
    pairs first = __builtin_convertvector(*(const pair_side *)pixel, pairs), second = __builtin_convertvector(*(const pair_side *)(pixel + step), pairs);
    return first | second << 16;
}

// pair_up writes, for each 16 of the padded channels, count pairs of pixels: to[channel / 16][pair][channel % 16][2]. A pixel is padded halves.
static void pair_up(uint16_t *to, const uint16_t *pixels, size_t padded, size_t count) {
    for (size_t c = 0; c < padded; c += tile_floats)
        for (size_t p = 0; p < count; p++, to += 2 * tile_floats)
            *(pairs *)to = pair_of(pixels + 2 * p * padded + c, padded);
}

// EXCHANGE swaps the off-diagonal squares of step x step elements of rows i and i + step.
#define EXCHANGE(step)                                                                                  \
    do {                                                                                                \
        pairs low = {0}, high = {0};                                                                          \
        UNROLL for (uint32_t l = 0; l < tile_floats; l++) {                                             \
            low[l] = l & (step) ? tile_floats + l - (step) : l;                                         \
            high[l] = l & (step) ? tile_floats + l : l + (step);                                        \
        }                                                                                               \
        UNROLL for (int i = 0; i < tile_floats; i++)                                                    \
            if (!(i & (step))) {                                                                        \
                pairs upper = row[i], lower = row[i + (step)];                                          \
                row[i] = __builtin_shuffle(upper, lower, low);                                          \
                row[i + (step)] = __builtin_shuffle(upper, lower, high);                                \
            }                                                                                           \
    } while (0)

// transpose writes to[channel][pixel], the channels pitch halves apart, for the padded channels of count pixels; count is a multiple of 32. A pixel is padded halves.
static void transpose(uint16_t *to, size_t pitch, const uint16_t *pixels, size_t padded, size_t count) {
    for (size_t p = 0; p < count; p += tile_halves)
        for (size_t c = 0; c < padded; c += tile_floats) {
            pairs row[tile_floats];
            UNROLL for (size_t i = 0; i < tile_floats; i++)
                row[i] = pair_of(pixels + (p + 2 * i) * padded + c, padded);
            EXCHANGE(1);
            EXCHANGE(2);
            EXCHANGE(4);
            EXCHANGE(8);
            UNROLL for (size_t i = 0; i < tile_floats; i++)
                *(pairs *)(to + (c + i) * pitch + p) = row[i];
        }
}

#endif
