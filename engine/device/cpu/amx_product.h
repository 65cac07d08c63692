// amx_product.h: the inner loop of amx.h and amx_gradient.h, which is what the tile unit is busy with.
//
// Four tiles of sums, 32 rows x 32 columns, take four products a step: two tiles of the left side, two of the right side. That is 4 * 16 * 16 * 32
// multiply-adds, 65.5 kFLOP, in 64 cycles of the unit, while four loads bring 4 KiB in 32 cycles of both load ports, or in 48 if the left side's rows lie across two lines:
// the loads hide behind the products as long as L1 and L2 deliver 64 bytes a cycle. A square of 2 x 2 is the best of eight tiles: 1 x 3 would load
// 4 tiles for 3 products.
#ifndef TWEEDIE_AMX_PRODUCT_H
#define TWEEDIE_AMX_PRODUCT_H

#include "amx_configuration.h"

// Sums go to the tiles 0 (upper left), 1 (right of it), 2 and 3 (below); 4 and 5 are the left side's, 6 and 7 the right side's.
struct amx_operands {
    const uint16_t *left[2], *right[2];          // the first tile of each
    size_t left_stride;                          // bytes from row to row of the left side; 64 on the right side
    size_t rows, steps;                          // steps in all: rows * steps
    size_t left_row, left_step, right_step;      // halves from one to the next
};

INLINE void amx_product(const struct amx_operands *o, const int tall, const int wide) {
    const uint16_t *right = o->right[0];
    ptrdiff_t below = o->left[1] - o->left[0], beside = o->right[1] - o->right[0];
    for (size_t r = 0; r < o->rows; r++) {
        const uint16_t *left = o->left[0] + r * o->left_row;
        for (size_t k = 0; k < o->steps; k++, left += o->left_step, right += o->right_step) {
            TILE_LOAD(6, right, tile_bytes);
            TILE_LOAD(4, left, o->left_stride);
            TILE_PRODUCT(0, 4, 6);
            if (wide) {
                TILE_LOAD(7, right + beside, tile_bytes);
                TILE_PRODUCT(1, 4, 7);
            }
            if (tall) {
                TILE_LOAD(5, left + below, o->left_stride);
                TILE_PRODUCT(2, 5, 6);
            }
            if (tall && wide)
                TILE_PRODUCT(3, 5, 7);
        }
    }
}

#define EACH_TILE(operation, at, stride)                                                     \
    do {                                                                                     \
        operation(0, at(0, 0), stride);                                                      \
        if (wide)                                                                            \
            operation(1, at(0, 1), stride);                                                  \
        if (tall)                                                                            \
            operation(2, at(1, 0), stride);                                                  \
        if (tall && wide)                                                                    \
            operation(3, at(1, 1), stride);                                                  \
    } while (0)

#endif
