// winograd.h: 3x3 convolutions with fewer multiplications: F(4x4, 3x3) of Winograd 1980, as Lavin & Gray 2016 use it.
//
// Each 4x4 tile of the output comes from a 6x6 patch d of the input and the weight g by
//
//	output = A^T ((G g G^T) * (B^T d B)) A        * elementwise, summed over the input channels
//
// in 36 multiplications instead of 144. The matrices interpolate at the points 0, ±a, ±b and infinity; with s = a^2 + b^2, q = a^2 b^2:
//
//	      q    0     -s   0   1  0           1/q     0      0            1   1    1    1    1   0
//	      0  -a b^2 -b^2  a   1  0           1/n    a/n   a^2/n          0   a   -a    b   -b   0
//	B^T = 0   a b^2 -b^2 -a   1  0       G = 1/n   -a/n   a^2/n    A^T = 0  a^2  a^2  b^2  b^2  0
//	      0  -a^2 b -a^2  b   1  0           1/m    b/m   b^2/m          0  a^3 -a^3  b^3 -b^3  1
//	      0   a^2 b -a^2 -b   1  0           1/m   -b/m   b^2/m
//	      0    q     0   -s   0  1            0      0      1            n = 2 a^2 (a^2 - b^2), m = 2 b^2 (b^2 - a^2)
//
// The gradient by the weight is the same with the roles turned: G^T (sum over tiles of (B^T d B) * (A e A^T)) G, where e is the 4x4 tile of the
// output's gradient.
//
// Errors: a result may be off by (number of roundings) * 2^-24 times what the formula gives for absolute values of all its matrices and operands
// (Barabasz, Anderson, Soodhalter & Gregg 2020). With a = 5/8, b = 3/2 that is at most 63 times the sum of a direct convolution of absolute values, 50
// times for the gradient; the usual a = 1, b = 2 give 256 and 178. For random operands the error's standard deviation is half of theirs. Among
// points with exactly representable matrices A and B these have the least product of both deviations (multiples of 1/16 up to 3 searched).
#ifndef TWEEDIE_WINOGRAD_H
#define TWEEDIE_WINOGRAD_H

#include <string.h>

#include "kernels.h"
#include "vector.h"

enum { tile_side = 4, patch_side = 6, frequencies = patch_side * patch_side };

#define POINT_A 0.625
#define POINT_B 1.5
#define SQUARE_A (POINT_A * POINT_A)
#define SQUARE_B (POINT_B * POINT_B)
#define SCALE_0 (1 / (SQUARE_A * SQUARE_B))
#define SCALE_A (1 / (2 * SQUARE_A * (SQUARE_A - SQUARE_B)))
#define SCALE_B (1 / (2 * SQUARE_B * (SQUARE_B - SQUARE_A)))
#define CONSTANT(x) SPLAT((float)(x))

// to = B^T d
INLINE void transform_input(vector to[6], const vector d[6]) {
    const vector s = CONSTANT(-SQUARE_A - SQUARE_B), q = CONSTANT(SQUARE_A * SQUARE_B);
    vector even_a = FMA(CONSTANT(-SQUARE_B), d[2], d[4]), odd_a = FMA(CONSTANT(-SQUARE_B), d[1], d[3]);
    vector even_b = FMA(CONSTANT(-SQUARE_A), d[2], d[4]), odd_b = FMA(CONSTANT(-SQUARE_A), d[1], d[3]);
    to[0] = FMA(q, d[0], FMA(s, d[2], d[4]));
    to[1] = FMA(CONSTANT(POINT_A), odd_a, even_a);
    to[2] = FMA(CONSTANT(-POINT_A), odd_a, even_a);
    to[3] = FMA(CONSTANT(POINT_B), odd_b, even_b);
    to[4] = FMA(CONSTANT(-POINT_B), odd_b, even_b);
    to[5] = FMA(q, d[1], FMA(s, d[3], d[5]));
}

// to = A^T m
INLINE void transform_output(vector to[4], const vector m[6]) {
    vector even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    to[0] = m[0] + (even_a + even_b);
    to[1] = FMA(CONSTANT(POINT_A), odd_a, CONSTANT(POINT_B) * odd_b);
    to[2] = FMA(CONSTANT(SQUARE_A), even_a, CONSTANT(SQUARE_B) * even_b);
    to[3] = FMA(CONSTANT(SQUARE_A * POINT_A), odd_a, FMA(CONSTANT(SQUARE_B * POINT_B), odd_b, m[5]));
}

// to = A e
INLINE void transform_output_gradient(vector to[6], const vector e[4]) {
    vector even_a = FMA(CONSTANT(SQUARE_A), e[2], e[0]), odd_a = FMA(CONSTANT(SQUARE_A), e[3], e[1]);
    vector even_b = FMA(CONSTANT(SQUARE_B), e[2], e[0]), odd_b = FMA(CONSTANT(SQUARE_B), e[3], e[1]);
    to[0] = e[0];
    to[1] = FMA(CONSTANT(POINT_A), odd_a, even_a);
    to[2] = FMA(CONSTANT(-POINT_A), odd_a, even_a);
    to[3] = FMA(CONSTANT(POINT_B), odd_b, even_b);
    to[4] = FMA(CONSTANT(-POINT_B), odd_b, even_b);
    to[5] = e[3];
}

// to = G g
INLINE void transform_weight(vector to[6], const vector g[3]) {
    vector even_a = FMA(CONSTANT(SCALE_A * SQUARE_A), g[2], CONSTANT(SCALE_A) * g[0]);
    vector even_b = FMA(CONSTANT(SCALE_B * SQUARE_B), g[2], CONSTANT(SCALE_B) * g[0]);
    to[0] = CONSTANT(SCALE_0) * g[0];
    to[1] = FMA(CONSTANT(SCALE_A * POINT_A), g[1], even_a);
    to[2] = FMA(CONSTANT(-SCALE_A * POINT_A), g[1], even_a);
    to[3] = FMA(CONSTANT(SCALE_B * POINT_B), g[1], even_b);
    to[4] = FMA(CONSTANT(-SCALE_B * POINT_B), g[1], even_b);
    to[5] = g[2];
}

// to = G^T u
INLINE void transform_weight_gradient(vector to[3], const vector u[6]) {
    vector even_a = u[1] + u[2], odd_a = u[1] - u[2], even_b = u[3] + u[4], odd_b = u[3] - u[4];
    to[0] = FMA(CONSTANT(SCALE_0), u[0], FMA(CONSTANT(SCALE_A), even_a, CONSTANT(SCALE_B) * even_b));
    to[1] = FMA(CONSTANT(SCALE_A * POINT_A), odd_a, CONSTANT(SCALE_B * POINT_B) * odd_b);
    to[2] = FMA(CONSTANT(SCALE_A * SQUARE_A), even_a, FMA(CONSTANT(SCALE_B * SQUARE_B), even_b, u[5]));
}

// DEFINE_2D defines name(to, to_stride, from, row, pixel), which applies a transform to the columns and then to the rows of the n x n vectors from[y*row
// + x*pixel] and stores the m x m results, one every to_stride floats.
#define DEFINE_2D(name, transform, m, n)                                                                   \
    INLINE void name(float *to, size_t to_stride, const float *from, size_t row, size_t pixel) {           \
        vector half[m][n];                                                                                 \
        UNROLL for (int x = 0; x < n; x++) {                                                               \
            vector column[n], result[m];                                                                   \
            UNROLL for (int y = 0; y < n; y++)                                                             \
                column[y] = LOAD(from + (size_t)y * row + (size_t)x * pixel);                              \
            transform(result, column);                                                                     \
            UNROLL for (int y = 0; y < m; y++)                                                             \
                half[y][x] = result[y];                                                                    \
        }                                                                                                  \
        UNROLL for (int y = 0; y < m; y++) {                                                               \
            vector result[m];                                                                              \
            transform(result, half[y]);                                                                    \
            UNROLL for (int x = 0; x < m; x++)                                                             \
                STORE(to + (size_t)(y * m + x) * to_stride, result[x]);                                    \
        }                                                                                                  \
    }

DEFINE_2D(input_patch, transform_input, 6, 6)
DEFINE_2D(output_tile, transform_output, 4, 6)
DEFINE_2D(output_gradient_tile, transform_output_gradient, 6, 4)
DEFINE_2D(weight_kernel, transform_weight, 6, 3)
DEFINE_2D(weight_gradient_kernel, transform_weight_gradient, 3, 6)

// The tiles of all samples, numbered row by row.
struct tiling {
    size_t height, width, rows, columns, count; // rows and columns of tiles in a sample, and tiles in all
};

static struct tiling tiling_of(size_t samples, size_t height, size_t width) {
    struct tiling t = {.height = height, .width = width, .rows = parts(height, tile_side), .columns = parts(width, tile_side)};
    t.count = samples * t.rows * t.columns;
    return t;
}

struct place {
    size_t sample, top, left; // of a tile's first pixel
};

static struct place tile_place(const struct tiling *t, size_t index) {
    return (struct place){index / t->columns / t->rows, index / t->columns % t->rows * tile_side, index % t->columns * tile_side};
}

// square is side x side pixels of one sample, the first of which lies border pixels above and to the left of a tile.
struct square {
    const float *pixels; // of the sample's image
    size_t height, width, channels;
    size_t count;        // channels from the first on that are transformed
    size_t top, left, side, border;
    int inside; // none of the pixels lies outside of the image
};

static struct square square_at(const struct tiling *t, size_t index, const float *image, size_t channels, size_t side, size_t border) {
    struct place p = tile_place(t, index);
    return (struct square){
        .pixels = image + p.sample * t->height * t->width * channels, .height = t->height, .width = t->width, .channels = channels, .count = channels,
        .top = p.top, .left = p.left, .side = side, .border = border,
        .inside = p.top >= border && p.left >= border && p.top - border + side <= t->height && p.left - border + side <= t->width,
    };
}

// square_copy copies count channels from the given one on into vectors, with zeros for channels beyond and pixels outside of the image.
static void square_copy(float *to, const struct square *s, size_t channel, size_t count) {
    size_t top = larger(s->top, s->border), left = larger(s->left, s->border); // border pixels below and right of the first to copy
    size_t bottom = smaller(s->top + s->side, s->height + s->border), right = smaller(s->left + s->side, s->width + s->border);
    memset(to, 0, s->side * s->side * LANES * sizeof *to);
    for (size_t y = top; y < bottom; y++) {
        const float *from = s->pixels + ((y - s->border) * s->width + left - s->border) * s->channels + channel;
        float *row = to + ((y - s->top) * s->side + left - s->left) * LANES;
        for (size_t x = left; x < right; x++, row += LANES, from += s->channels) {
            if (count == LANES)
                STORE(row, LOAD(from));
            else
                memcpy(row, from, count * sizeof *row);
        }
    }
}

// TRANSFORM_SQUARE applies a transform of DEFINE_2D to the channels of a square. Result f of the channel c goes to to[f*stride + c]; behind the last channel
// follow zeros up to a whole vector.
#define TRANSFORM_SQUARE(transform, to, stride, s)                                                                        \
    do {                                                                                                                  \
        float copy[frequencies * LANES];                                                                                  \
        for (size_t channel = 0; channel < (s)->count; channel += LANES) {                                                \
            size_t line = (s)->width * (s)->channels, count = smaller(LANES, (s)->count - channel);                       \
            if ((s)->inside && count == LANES) {                                                                          \
                const float *from = (s)->pixels + ((s)->top - (s)->border) * line + ((s)->left - (s)->border) * (s)->channels; \
                transform((to) + channel, stride, from + channel, line, (s)->channels);                                   \
                continue;                                                                                                 \
            }                                                                                                             \
            square_copy(copy, s, channel, count);                                                                         \
            transform((to) + channel, stride, copy, (s)->side * LANES, LANES);                                            \
        }                                                                                                                 \
    } while (0)

static void transform_patch(float *to, size_t stride, const struct square *s) { TRANSFORM_SQUARE(input_patch, to, stride, s); }
static void transform_tile(float *to, size_t stride, const struct square *s) { TRANSFORM_SQUARE(output_gradient_tile, to, stride, s); }

#endif
