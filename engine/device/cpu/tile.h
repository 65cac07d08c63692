// tile.h: the two inner loops that nearly all of the time is spent in. Both keep PIXELS x VECTORS sums in registers and add, for each step,
// the products of one scalar per row of the tile, broadcast, with VECTORS vectors.
//
// For AVX-512 a step is 28 multiply-adds of 16 lanes, 14 broadcasts and 2 loads: 896 FLOP on 184 bytes. A core with one such
// multiply-add a cycle is busy for 28 cycles, one with two for 14, while the 16 loads take 8; sums meet again after 28 steps, well past
// the latency of 4. Scalars come from L1, vectors in address order from L2 at 128 bytes for 28 cycles.
//
// A tile lower than PIXELS is its own instance, so a row of 40 pixels is cut 14 + 13 + 13 and nothing is computed in vain. The order of
// the additions into one sum is the same in all of them.
#ifndef TWEEDIE_TILE_H
#define TWEEDIE_TILE_H

#include "vector.h"

typedef void forward_tile(float *sum, const float *input, size_t rows, size_t length, size_t row_stride, size_t pixel_step, const float *weight);

// sum[p][v] = over r < rows and k < length: input[r*row_stride + p*pixel_step + k] * weight[r*length + k][v]
//
// Three pixels share a pointer: PIXELS pointers would not fit the 16 integer registers, and one with multiples of the step neither.
INLINE void forward(float *sum, const float *input, size_t rows, size_t length, size_t row_stride, size_t pixel_step, const float *weight,
                    const int pixels, const int vectors) {
    enum { groups = (PIXELS + 2) / 3 };
    vector total[PIXELS][VECTORS];
    UNROLL for (int p = 0; p < pixels; p++)
        UNROLL for (int v = 0; v < vectors; v++)
            total[p][v] = (vector){0};
    for (size_t r = 0; r < rows; r++) {
        const float *group[groups];
        UNROLL for (int i = 0; i < (pixels + 2) / 3; i++)
            group[i] = input + r * row_stride + (size_t)i * 3 * pixel_step;
        for (size_t k = length; k > 0; k--) {
            vector w[VECTORS];
            UNROLL for (int v = 0; v < vectors; v++)
                w[v] = LOAD(weight + v * LANES);
            UNROLL for (int p = 0; p < pixels; p++) {
                vector x = SPLAT(*(group[p / 3] + (size_t)(p % 3) * pixel_step));
                UNROLL for (int v = 0; v < vectors; v++)
                    total[p][v] = FMA(x, w[v], total[p][v]);
            }
            weight += vectors * LANES;
            UNROLL for (int i = 0; i < (pixels + 2) / 3; i++)
                group[i]++;
        }
    }
    UNROLL for (int p = 0; p < pixels; p++)
        UNROLL for (int v = 0; v < vectors; v++)
            STORE(sum + (p * vectors + v) * LANES, total[p][v]);
}

// One pixel's products: total[i][v] += scalar[i] * row[v].
INLINE void gradient_pixel(vector (*total)[VECTORS], const float *scalar, const float *row, const int scalars, const int vectors) {
    vector g[VECTORS];
    UNROLL for (int v = 0; v < vectors; v++)
        g[v] = LOAD(row + v * LANES);
    UNROLL for (int i = 0; i < scalars; i++) {
        vector a = SPLAT(scalar[i]);
        UNROLL for (int v = 0; v < vectors; v++)
            total[i][v] = FMA(a, g[v], total[i][v]);
    }
}

typedef void gradient_tile(float *sum, const float *scalar, const float *row, size_t rows, size_t length, size_t scalar_stride, size_t scalar_step,
                           size_t row_stride, size_t row_step);

// sum[i][v] += over r < rows and x < length: scalar[r*scalar_stride + x*scalar_step + i] * row[r*row_stride + x*row_step][v]
//
// The new terms are summed by themselves first: two short sums round less than one long one. A tile of few scalars would wait for the latency
// of its own additions, so its pixels are dealt to several sets of sums in turn, which are added in order.
INLINE void gradient(float *sum, const float *scalar, const float *row, size_t rows, size_t length, size_t scalar_stride, size_t scalar_step,
                     size_t row_stride, size_t row_step, const int scalars, const int vectors) {
    const int sets = scalars == 1 ? 4 : scalars <= 3 ? 2 : 1;
    vector total[PIXELS][VECTORS];
    UNROLL for (int i = 0; i < sets * scalars; i++)
        UNROLL for (int v = 0; v < vectors; v++)
            total[i][v] = (vector){0};
    for (size_t r = 0; r < rows; r++) {
        const float *s = scalar + r * scalar_stride, *b = row + r * row_stride;
        size_t x = length;
        for (; x >= (size_t)sets; x -= (size_t)sets)
            UNROLL for (int set = 0; set < sets; set++) {
                gradient_pixel(total + set * scalars, s, b, scalars, vectors);
                s += scalar_step;
                b += row_step;
            }
        for (; x > 0; x--) {
            gradient_pixel(total, s, b, scalars, vectors);
            s += scalar_step;
            b += row_step;
        }
    }
    UNROLL for (int i = 0; i < scalars; i++)
        UNROLL for (int v = 0; v < vectors; v++) {
            UNROLL for (int set = 1; set < sets; set++)
                total[i][v] += total[set * scalars + i][v];
            STORE(sum + (i * vectors + v) * LANES, LOAD(sum + (i * vectors + v) * LANES) + total[i][v]);
        }
}

#define INSTANCE(n, v)                                                                                                                      \
    static void forward_##n##_##v(float *sum, const float *input, size_t rows, size_t length, size_t row_stride, size_t pixel_step,         \
                                  const float *weight) {                                                                                    \
        forward(sum, input, rows, length, row_stride, pixel_step, weight, n, v);                                                            \
    }                                                                                                                                       \
    static void gradient_##n##_##v(float *sum, const float *scalar, const float *row, size_t rows, size_t length, size_t scalar_stride,     \
                                   size_t scalar_step, size_t row_stride, size_t row_step) {                                                \
        gradient(sum, scalar, row, rows, length, scalar_stride, scalar_step, row_stride, row_step, n, v);                                   \
    }
#define TO_6(macro, v) macro(1, v) macro(2, v) macro(3, v) macro(4, v) macro(5, v) macro(6, v)
#define TO_12(macro, v) TO_6(macro, v) macro(7, v) macro(8, v) macro(9, v) macro(10, v) macro(11, v) macro(12, v)
#if PIXELS == 14
#define ALL(macro, v) TO_12(macro, v) macro(13, v) macro(14, v)
#elif PIXELS == 12
#define ALL TO_12
#else
#define ALL TO_6
#endif
#define FORWARD_NAME(n, v) forward_##n##_##v,
#define GRADIENT_NAME(n, v) gradient_##n##_##v,

ALL(INSTANCE, 1)
ALL(INSTANCE, 2)

// Indexed by vectors - 1 and by pixels or scalars - 1.
static forward_tile *const forward_tiles[VECTORS][PIXELS] = {{ALL(FORWARD_NAME, 1)}, {ALL(FORWARD_NAME, 2)}};
static gradient_tile *const gradient_tiles[VECTORS][PIXELS] = {{ALL(GRADIENT_NAME, 1)}, {ALL(GRADIENT_NAME, 2)}};

#endif
