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

enum class AccessKind : uint8_t { read, write, atomic, async_begin, async_end };  // the last two: a cp.async and the wait that covers it

struct Access {
    uint32_t launch, block;  // launch 0: never
    uint32_t clock;          // of the thread's warp
    uint16_t thread;
    AccessKind kind;
    uint8_t readers;  // for reads: who read besides this thread, as checker.cpp's flags
};

struct Cell {
    Access written, read;
};

constexpr size_t cell_bytes = 2;  // the smallest store that is judged: one of a single byte is refused

// SharedShadow is the shadow of a block's shared memory; null in the fast build.
using SharedShadow = std::unique_ptr<Cell[]>;

// check_access judges an access of the running thread and ends the launch if it is wrong. line or pc say where it is in the kernel.
void check_access(const void *address, size_t bytes, AccessKind kind, int line, const void *pc);

}  // namespace emulator
