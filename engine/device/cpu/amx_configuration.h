// amx_configuration.h: the sizes of the eight tiles, as the instruction reads them from memory.
#ifndef TWEEDIE_AMX_CONFIGURATION_H
#define TWEEDIE_AMX_CONFIGURATION_H

#include <stddef.h>
#include <stdint.h>

#include "vector.h"

enum { tile_rows = 16, tile_bytes = 64, tile_floats = 16, tile_halves = 32 }; // of a tile, and of one of its rows

struct tile_configuration {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16]; // of a row of each tile; there are eight
    uint8_t rows[16];
};

// whole_tiles are eight tiles of the greatest size.
static const struct tile_configuration whole_tiles = {
    .palette = 1,
    .bytes = {tile_bytes, tile_bytes, tile_bytes, tile_bytes, tile_bytes, tile_bytes, tile_bytes, tile_bytes},
    .rows = {tile_rows, tile_rows, tile_rows, tile_rows, tile_rows, tile_rows, tile_rows, tile_rows},
};

#endif
