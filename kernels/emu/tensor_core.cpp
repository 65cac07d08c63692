// Matrix products and loads in the fragment layout of the PTX ISA (mma.m16n8k16, mma.m16n8k8 and ldmatrix).
//
// Products of bfloat16 and TF32 values are exact in float32; they are added one by one, each sum rounded. Devices add in another order and
// with other roundings, so results agree within a bound, not bit by bit.
#include "tensor_core.h"
#include "runtime.h"
#include <cstring>

namespace emulator {

typedef float Row __attribute__((vector_size(32)));  // a row of the 16x8 result

// d[m] += sum over k of a[k][m] * b[k]. Eight rows at a time stay in registers.
static void multiply(int depth, Tile &tile) {
    const Row *b = reinterpret_cast<const Row *>(tile.b);
    Row *d = reinterpret_cast<Row *>(tile.d);
    for (int first = 0; first < 16; first += 8) {
        Row sum[8];
        for (int m = 0; m < 8; m++) sum[m] = d[first + m];
        for (int k = 0; k < depth; k++)
            for (int m = 0; m < 8; m++) sum[m] += tile.a[k][first + m] * b[k];
        for (int m = 0; m < 8; m++) d[first + m] = sum[m];
    }
}

static float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

// Leaves the running lane's part of the sum, meets the others, takes its part of the result. The order of the registers is that of the
// rows first, then the columns, for all but the results.
static void finish_product(Warp &warp, int depth, float *d, const float *c) {
    Block &block = *current;
    int lane = int(block.running->index % 32), group = lane / 4, pair = lane % 4 * 2;
    float *top = &warp.tile.d[group][pair], *bottom = &warp.tile.d[group + 8][pair];
    top[0] = c[0], top[1] = c[1], bottom[0] = c[2], bottom[1] = c[3];
    meet(block, warp, [&] {
        multiply(depth, warp.tile);
        block.counts.products++;
    });
    d[0] = top[0], d[1] = top[1], d[2] = bottom[0], d[3] = bottom[1];
}

void multiply_bf16(float *d, const uint32_t *a, const uint32_t *b, const float *c, int line) {
    Warp &warp = join(*current, WarpOperation::mma_bf16, 0xffffffffu, line);
    int lane = int(current->running->index % 32), group = lane / 4, pair = lane % 4 * 2;
    for (int i = 0; i < 4; i++) {
        int row = group + i % 2 * 8, column = pair + i / 2 * 8;
        warp.tile.a[column][row] = from_bits(a[i] << 16);
        warp.tile.a[column + 1][row] = from_bits(a[i] & 0xffff0000u);
    }
    for (int i = 0; i < 2; i++) {
        int row = pair + i * 8;
        warp.tile.b[row][group] = from_bits(b[i] << 16);
        warp.tile.b[row + 1][group] = from_bits(b[i] & 0xffff0000u);
    }
    finish_product(warp, 16, d, c);
}

void multiply_tf32(float *d, const uint32_t *a, const uint32_t *b, const float *c, int line) {
    Warp &warp = join(*current, WarpOperation::mma_tf32, 0xffffffffu, line);
    int lane = int(current->running->index % 32), group = lane / 4, pair = lane % 4;
    // The device would drop these bits; that is a worse rounding than the one meant.
    if ((a[0] | a[1] | a[2] | a[3] | b[0] | b[1]) & 0x1fffu) fail(line, "mma.tf32: an operand is no TF32 value: round it with round_tf32");
    for (int i = 0; i < 4; i++) warp.tile.a[pair + i / 2 * 4][group + i % 2 * 8] = from_bits(a[i]);
    for (int i = 0; i < 2; i++) warp.tile.b[pair + i * 4][group] = from_bits(b[i]);
    finish_product(warp, 8, d, c);
}

// The eight rows of a tile are read at once: without conflict if different rows lie in different fours of the 32 banks.
static unsigned bank_conflicts(const void *const *rows) {
    unsigned conflicts = 0;
    for (int r = 1; r < 8; r++)
        for (int other = 0; other < r; other++) {
            if (rows[r] == rows[other]) break;  // read once for both
            if (reinterpret_cast<uintptr_t>(rows[r]) / 16 % 8 != reinterpret_cast<uintptr_t>(rows[other]) / 16 % 8) continue;
            conflicts++;
            break;
        }
    return conflicts;
}

void load_matrix(uint32_t *registers, int tiles, bool transpose, const void *row, int line) {
    Block &block = *current;
    Warp &warp = join(block, WarpOperation::ldmatrix, 0xffffffffu, line);
    int lane = int(block.running->index % 32), group = lane / 4, pair = lane % 4 * 2;
    Exchange &exchange = warp.exchange[warp.turn];
    if (lane < tiles * 8) {
        require_shared(row, 16, 16, line, "ldmatrix");
        check_access(row, 16, AccessKind::read, line, nullptr);
        memcpy(exchange.rows[lane], row, 16);
        exchange.addresses[lane] = row;
    }
    meet(block, warp, [&] {
        for (int i = 0; i < tiles; i++) block.counts.bank_conflicts += bank_conflicts(exchange.addresses + 8 * i);
        block.counts.matrix_loads++;
    });
    for (int i = 0; i < tiles; i++) {
        const uint16_t(*tile)[8] = exchange.rows + 8 * i;
        uint32_t low = transpose ? tile[pair][group] : tile[group][pair];
        uint32_t high = transpose ? tile[pair + 1][group] : tile[group][pair + 1];
        registers[i] = low | high << 16;
    }
}

}  // namespace emulator
