// amx_emulation.h: the operations of amx_unit.h in C, by the pseudocode of Intel's manual (volume 2, LDTILECFG, TILELOADD, TILESTORED, TDPBF16PS):
// bit for bit what the manual says, but for NaNs' payloads. Whatever the manual forbids, and some of what it allows and no kernel here should do, ends the
// program with a sentence:
//
//	a configuration that is invalid, or follows another without a release
//	a tile that is not configured, or tiles of sizes that do not fit
//	memory outside of the areas that the kernel announced
//	a sum, a load or a product that uses a tile before anything was put into it
#ifndef TWEEDIE_AMX_EMULATION_H
#define TWEEDIE_AMX_EMULATION_H

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amx_configuration.h"

enum { tiles = 8, areas = 4 };

struct tile {
    size_t rows, bytes; // 0: not configured
    int filled;         // something was put into it since the configuration
    unsigned char row[tile_rows][tile_bytes];
};

// What a core has is a thread's here.
static _Thread_local struct {
    int configured;
    struct tile tile[tiles];
    struct {
        uintptr_t start;
        size_t bytes;
    } area[areas];
} unit;

static void demand(int holds, const char *instruction, const char *otherwise) {
    if (holds)
        return;
    fprintf(stderr, "tile unit: %s: %s\n", instruction, otherwise);
    abort();
}

static void tile_configure(const struct tile_configuration *c) {
    static const uint8_t zeros[14];
    demand(!unit.configured, "ldtilecfg", "the configuration before was not released");
    demand(c->palette == 1 && c->start_row == 0 && memcmp(c->reserved, zeros, sizeof zeros) == 0, "ldtilecfg", "the palette is not 1, or reserved bytes are not 0");
    memset(&unit, 0, sizeof unit);
    for (size_t t = 0; t < 16; t++) {
        demand(c->rows[t] <= tile_rows && c->bytes[t] <= tile_bytes && !c->rows[t] == !c->bytes[t], "ldtilecfg", "a tile is larger than 16 rows of 64 bytes, or flat");
        demand(t < tiles || c->rows[t] == 0, "ldtilecfg", "there are eight tiles");
        if (t < tiles)
            unit.tile[t] = (struct tile){.rows = c->rows[t], .bytes = c->bytes[t]};
    }
    unit.configured = 1;
}

static void tile_release(void) {
    demand(unit.configured, "tilerelease", "nothing is configured");
    memset(&unit, 0, sizeof unit);
}

static void tile_area(size_t slot, const void *start, size_t bytes) {
    demand(unit.configured && slot < areas, "area", "there is none of this number, or no configuration yet");
    unit.area[slot].start = (uintptr_t)start;
    unit.area[slot].bytes = bytes;
}

static struct tile *tile_of(size_t number, const char *instruction) {
    demand(unit.configured, instruction, "no configuration is loaded");
    demand(number < tiles && unit.tile[number].rows > 0, instruction, "the tile is not configured");
    return &unit.tile[number];
}

static void demand_row(uintptr_t start, size_t bytes, const char *instruction) {
    for (size_t a = 0; a < areas; a++)
        if (start >= unit.area[a].start && start + bytes <= unit.area[a].start + unit.area[a].bytes)
            return;
    demand(0, instruction, "a row lies outside of the memory that the kernel announced");
}

static void tile_zero(size_t number) {
    struct tile *t = tile_of(number, "tilezero");
    memset(t->row, 0, sizeof t->row);
    t->filled = 1;
}

static void tile_load(size_t number, const void *from, size_t stride) {
    struct tile *t = tile_of(number, "tileloadd");
    memset(t->row, 0, sizeof t->row);
    for (size_t r = 0; r < t->rows; r++) {
        demand_row((uintptr_t)from + r * stride, t->bytes, "tileloadd");
        memcpy(t->row[r], (const char *)from + r * stride, t->bytes);
    }
    t->filled = 1;
}

static void tile_store(size_t number, void *to, size_t stride) {
    struct tile *t = tile_of(number, "tilestored");
    demand(t->filled, "tilestored", "nothing was put into the tile");
    for (size_t r = 0; r < t->rows; r++) {
        demand_row((uintptr_t)to + r * stride, t->bytes, "tilestored");
        memcpy((char *)to + r * stride, t->row[r], t->bytes);
    }
}

// normal is the value, or 0 with its sign for one below the normal numbers, on the way in and out.
static float normal(float value) { return __builtin_fabsf(value) < FLT_MIN ? __builtin_copysignf(0, value) : value; }

static float widened(const unsigned char *half) {
    uint16_t bits;
    memcpy(&bits, half, sizeof bits);
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return normal(value);
}

// tile_product adds up the even and the odd products by themselves, each by multiply-adds that round once: since a product of two bfloat16 is exact in
// float32, a product and a sum do.
static void tile_product(size_t sum, size_t a, size_t b) {
    struct tile *s = tile_of(sum, "tdpbf16ps"), *x = tile_of(a, "tdpbf16ps"), *y = tile_of(b, "tdpbf16ps");
    demand(sum != a && sum != b && a != b, "tdpbf16ps", "the tiles are not three");
    demand(s->rows == x->rows && s->bytes == y->bytes && x->bytes == 4 * y->rows && x->bytes % 4 == 0 && y->bytes % 4 == 0, "tdpbf16ps", "the sizes of the tiles do not fit");
    demand(s->filled && x->filled && y->filled, "tdpbf16ps", "nothing was put into one of the tiles");
    float right[tile_rows][2][tile_floats] = {0};
    for (size_t k = 0; k < y->rows; k++)
        for (size_t n = 0; n < y->bytes / 4; n++)
            for (size_t parity = 0; parity < 2; parity++)
                right[k][parity][n] = widened(y->row[k] + 4 * n + 2 * parity);
    for (size_t m = 0; m < x->rows; m++) {
        float total[2][tile_floats] = {0}, result[tile_floats];
        for (size_t k = 0; k < y->rows; k++)
            for (size_t parity = 0; parity < 2; parity++) {
                float left = widened(x->row[m] + 4 * k + 2 * parity);
                for (size_t n = 0; n < tile_floats; n++)
                    total[parity][n] = normal(left * right[k][parity][n] + total[parity][n]);
            }
        memcpy(result, s->row[m], sizeof result);
        for (size_t n = 0; n < tile_floats; n++)
            result[n] = normal(normal(result[n]) + normal(total[0][n] + total[1][n]));
        memset(s->row[m], 0, tile_bytes);
        memcpy(s->row[m], result, s->bytes);
    }
}

#define TILE_ZERO(t) tile_zero(t)
#define TILE_LOAD(t, from, stride) tile_load(t, from, (size_t)(stride))
#define TILE_STORE(t, to, stride) tile_store(t, to, (size_t)(stride))
#define TILE_PRODUCT(sum, a, b) tile_product(sum, a, b)
#define TILE_AREA(slot, start, bytes) tile_area(slot, start, bytes)

#endif
