// What is under way beside the threads of a block on a device of compute capability 9.0: copies that barriers count, and products of four warps.
#pragma once
#include "hopper.h"
#include <vector>

namespace emulator {

// A tensor of four dimensions as cuTensorMapEncodeTiled leaves it in a tensor_map; strides are in bytes, the first is that of y.
struct Tensor {
    uint64_t magic, address, size[4], stride[3], box[4], element;
};
constexpr uint64_t tensor_magic = 0x7265646f636e65aa;
static_assert(sizeof(Tensor) <= sizeof(tensor_map));

struct BulkCopy {
    char *to;
    size_t bytes;
    const char *from;  // null: a box of the tensor
    Tensor tensor;
    int at[4];
    bool done;
};

struct Barrier {
    char *address;
    unsigned arrivals, pending;  // of a phase, and those that have not come yet
    int64_t bytes;               // expected and not copied
    uint32_t phase;              // how many have ended
    std::vector<BulkCopy> copies;
    std::vector<unsigned> waiting;  // threads
};

// Product is one warp's part, 16 rows, of a product of its group.
struct Product {
    uint64_t a, b;
    bool add, done;
    int group, line;
    float *d;  // of the first lane: which sums
    uint16_t rows[16][16], columns[64][16];
};

// Sums are the registers of a warp that products under way add to; the lanes' own are poison meanwhile.
struct Sums {
    float *registers[32];
    float values[16][64];
};

struct WarpProducts {
    bool begun = false;   // wgmma_begin was called since sums were last given back
    int group = 0;        // that the next product belongs to
    size_t issued = 0;    // in the block's life
    std::vector<Product> products;
    std::vector<Sums> sums;
};

// What the warps of a group must agree in, one entry for each product.
struct Agreement {
    uint64_t a, b;
    bool add;
    int line;
};

}  // namespace emulator
