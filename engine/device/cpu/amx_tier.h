// amx_tier.h: the kernels of a tile unit. amx.c includes it after the instructions, amx_emulated.c after their emulation.
#include "amx.h"
#include "amx_gradient.h"
#include "kernels.h"

// probe multiplies small whole numbers, whose sums are exact in whatever order the unit adds them, and compares all results with
// sums in C.
static int probe(void) {
    enum { inner = 2 * tile_rows, strides = 3 };
    _Alignas(64) uint16_t left[tile_rows][strides * inner], right[tile_rows][tile_halves];
    _Alignas(64) float sums[tile_rows][strides * tile_floats];
    int same = 1;
    for (int i = 0; i < tile_rows; i++) {
        for (int k = 0; k < strides * inner; k++)
            left[i][k] = half_of((float)((i * 7 + k * 5) % 17 - 8));
        for (int k = 0; k < tile_halves; k++)
            right[i][k] = half_of((float)((i * 3 + k * 11) % 19 - 9));
        for (int k = 0; k < strides * tile_floats; k++)
            sums[i][k] = (float)(i - k);
    }
    tile_configure(&whole_tiles);
    TILE_AREA(0, left, sizeof left);
    TILE_AREA(1, right, sizeof right);
    TILE_AREA(2, sums, sizeof sums);
    TILE_LOAD(4, left[0] + inner, sizeof left[0]);
    TILE_LOAD(6, right, sizeof right[0]);
    TILE_LOAD(1, sums[0] + tile_floats, sizeof sums[0]);
    TILE_ZERO(2);
    TILE_PRODUCT(1, 4, 6);
    TILE_PRODUCT(2, 4, 6);
    TILE_STORE(1, sums[0], sizeof sums[0]);
    TILE_STORE(2, sums[0] + 2 * tile_floats, sizeof sums[0]);
    tile_release();
    for (int m = 0; m < tile_rows; m++)
        for (int n = 0; n < tile_floats; n++) {
            int sum = 0;
            for (int k = 0; k < inner; k++)
                sum += ((m * 7 + (inner + k) * 5) % 17 - 8) * ((k / 2 * 3 + (2 * n + k % 2) * 11) % 19 - 9);
            same &= sums[m][n] == (float)(sum + m - n - tile_floats) && sums[m][n + tile_floats] == (float)(m - n - tile_floats) &&
                    sums[m][n + 2 * tile_floats] == (float)sum;
        }
    return same;
}

// Convolutions in bfloat16 and their gradients alone.
#define AMX_TABLE                                                                                \
    {                                                                                            \
        .convolution_packed = amx_packed, .convolution_scratch = amx_scratch, .convolution = amx, \
        .weight_gradient_partial = amx_gradient_partial, .weight_gradient_scratch = amx_gradient_scratch, \
        .weight_gradient = amx_gradient, .probe = probe,                                         \
    }
