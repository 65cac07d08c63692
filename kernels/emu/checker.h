// The check build's judgement of every load and store: bounds, initialisation, races.
//
// Kernels are compiled with -fsanitize=thread,alignment but not linked with its runtime: hooks.cpp has the calls that the compiler
// inserts, so each access arrives here with its thread. Memory carries a shadow: who wrote each two bytes last, who read them. Two
// accesses are ordered if a barrier, a __syncwarp or a launch stands between them, or one thread made both; what is not ordered is a
// race, whatever order the threads happened to run in.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

namespace emulator {

struct Block;

// async_begin and async_end are a cp.async and the wait that covers it; proxy_read is what a product of four warps or a copy of the memory accelerator
// reads; bulk_begin and bulk_end are such a copy and its completion, which a barrier counts.
enum class AccessKind : uint8_t { read, write, atomic, async_begin, async_end, proxy_read, bulk_begin, bulk_end };

struct Access {
    uint32_t launch, block;  // launch 0: never
    uint32_t clock;          // of the thread's warp; of a bulk_end the phase that it belongs to, from 1
    uint16_t thread;         // of a bulk_end the barrier
    AccessKind kind;
    uint8_t readers;  // for reads: who read besides this thread; for writes whether a fence is due: checker.cpp's flags
};

struct Cell {
    Access written, read;
};

constexpr size_t cell_bytes = 2;  // the smallest store that is judged: one of a single byte is refused

// SharedShadow is the shadow of a block's shared memory; null in the fast build.
using SharedShadow = std::unique_ptr<Cell[]>;

// check_access judges an access of the running thread and ends the launch if it is wrong. line or pc say where it is in the kernel.
void check_access(const void *address, size_t bytes, AccessKind kind, int line, const void *pc);

// mark_copied says that a copy into shared memory is complete: it is seen by who knows of that phase of the barrier. settle_writes is the running
// thread's fence_async.
void mark_copied(Block &block, const char *address, size_t bytes, unsigned barrier, uint32_t phase);
void settle_writes(Block &block);

}  // namespace emulator
