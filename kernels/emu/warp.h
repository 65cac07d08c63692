// How the lanes of a warp meet for an operation, and where they leave what it needs.
#pragma once
#include <cstdint>

namespace emulator {

struct Block;

enum class WarpOperation { syncwarp, shuffle_index, shuffle_up, shuffle_down, shuffle_xor, ballot, ldmatrix, mma_bf16, mma_tf32, wgmma_begin, wgmma, wgmma_commit,
                           wgmma_wait };

// What lanes exchange. There are two, used in turn: a lane that goes on to the next operation must not overwrite what a slower one has yet
// to read; to the one after next it comes only with all others.
struct Exchange {
    uint32_t words[32];
    alignas(16) uint16_t rows[32][8];  // of ldmatrix
    const void *addresses[32];         // of the rows, or of sums
    uint64_t factors[32][2];           // of wgmma
};

// The matrices of a product: a by columns, so that the 16 elements with one k are together. Each lane puts its elements in and takes its
// results out itself, while its stack is in the cache.
struct Tile {
    alignas(64) float a[16][16];
    float b[16][8], d[16][8];
};

struct Warp {
    unsigned ready;    // lanes that can run
    unsigned arrived;  // lanes that wait in the operation below
    WarpOperation operation;
    unsigned mask;
    int line;
    uint32_t clock;  // for the checker: advanced by whatever orders the lanes' accesses
    unsigned turn;   // 0 or 1: the Exchange of the next operation
    Exchange exchange[2];
    Tile tile;
};

// join begins an operation for the running lane, which must do what the lanes that have come already do. The lane then leaves its data.
Warp &join(Block &block, WarpOperation operation, unsigned mask, int line);

// arrive says whether the running lane is the last of the mask. If not it returns when the operation is complete.
bool arrive(Block &block, Warp &warp);
void complete(Warp &warp);

// meet ends an operation: it returns when all lanes of the mask have come. The last one does the work first.
template <class F>
void meet(Block &block, Warp &warp, F work) {
    if (!arrive(block, warp)) return;
    work();
    complete(warp);
}

}  // namespace emulator
