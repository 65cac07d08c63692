// What the files of the runtime share: a block of threads in execution.
#pragma once
#include "async_proxy.h"
#include "checker.h"
#include "context.h"
#include "kernel.h"
#include "options.h"
#include "thread.h"
#include "warp.h"
#include <string>
#include <vector>

namespace emulator {

#ifdef EMULATOR_CHECK
constexpr bool checked = true;  // the kernels report each access
constexpr size_t stack_bytes = 128 << 10;
#else
constexpr bool checked = false;
constexpr size_t stack_bytes = 64 << 10;
#endif

constexpr size_t shared_default = 48 << 10;   // bytes for a block without opt-in, and for its static arrays in any case
constexpr size_t shared_maximum = 227 << 10;  // with opt-in, at compute capability 9.0; see shared_with_opt_in
inline size_t shared_with_opt_in() { return options().hopper ? shared_maximum : 163 << 10; }

struct AsyncCopy {
    void *shared;
    const void *global;
    int bytes;
    bool valid;  // false: zeros are written and nothing is read
    int group;
};

struct Fiber {
    Context context;
    uint3 thread;
    unsigned index;  // in the block; the warp is index / 32
    int group;       // that the next asynchronous copy belongs to
    std::vector<AsyncCopy> copies;
    std::vector<uint32_t> seen;  // for each barrier, how many of its phases this thread knows to have ended
};

struct SharedArray {
    const void *identity;
    const char *name;
    char *begin;
    size_t bytes;
};

struct Counts {
    uint64_t threads, barriers, products, matrix_loads, bank_conflicts, async_copies;
};

// Block is the place where blocks run, one after another; its stacks are kept for the next.
struct Block {
    // the launch
    const Kernel *kernel;
    const void *arguments;
    uint32_t launch;  // its number, from 1
    size_t shared_limit, dynamic_bytes;
    // the block
    uint3 index;
    dim3 size, grid;
    uint32_t linear;
    unsigned threads;
    Schedule schedule;
    uint32_t random;
    // its progress
    unsigned arrived, returned;  // threads that wait at the barrier; that are done
    int barrier_line;
    unsigned ready_warps;
    uint32_t barrier_clock;  // the checker's time of the last barrier
    Fiber *running;
    Context scheduler;
    std::string error;
    const void *error_instruction;  // null: the error states its line
    // its memory
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    char *stacks = nullptr;
    size_t stack_count = 0;
    char *shared;
    size_t shared_used;   // with gaps
    size_t static_bytes;  // of the arrays
    std::vector<SharedArray> arrays;
    SharedShadow shadow;
    // what is under way beside its threads
    std::vector<Barrier> barriers;
    std::vector<WarpProducts> products;              // of each warp
    std::vector<std::vector<Agreement>> agreements;  // of each four warps
    Counts counts;

    Block();
    ~Block();
    Block(const Block &) = delete;
};

extern __thread Block *current __attribute__((tls_model("initial-exec")));  // null outside kernels

void run_block(Block &block, uint32_t linear);
void park(Block &block);  // the running thread waits; returns when something has made it ready again

// barriers.cpp: threads from first to before last know what any of them does; why a block waits forever
void share_barriers(Block &block, unsigned first, unsigned last);
std::string unfinished_barriers(const Block &block);

// warpgroup.cpp: a thread returns; an empty text, or what a block that ends leaves undone
void end_thread(Block &block);
std::string leftovers(const Block &block);

// shared_memory.cpp; end checks the gaps
void begin_shared_memory(Block &block);
void end_shared_memory(Block &block);
void require_shared(const void *address, size_t bytes, size_t alignment, int line, const char *what);

}  // namespace emulator
