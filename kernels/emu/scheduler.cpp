// Threads of a block as fibers: each runs until it meets a barrier or a warp operation, then another one that is ready.
#include "runtime.h"
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#if defined(__x86_64__) && !defined(EMULATOR_UCONTEXT)
asm(".text\n"
    ".globl emulator_switch\n"
    ".hidden emulator_switch\n"
    ".type emulator_switch,@function\n"
    "emulator_switch:\n"
    "pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15\n"
    "movq %rsp,(%rdi); movq %rsi,%rsp\n"
    "popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp\n"
    "ret\n"
    ".size emulator_switch,.-emulator_switch\n");
#endif

namespace emulator {

__thread Position position = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}};
__thread Block *current;

static inline unsigned pick(Block &block, unsigned candidates) {
    if (block.schedule == Schedule::late) return unsigned(__builtin_ctz(candidates));
    if (block.schedule == Schedule::eager) return 31u - unsigned(__builtin_clz(candidates));
    for (unsigned skip = next_random(block.random) % unsigned(__builtin_popcount(candidates)); skip; skip--) candidates &= candidates - 1;
    return unsigned(__builtin_ctz(candidates));
}

static unsigned all_warps(const Block &block) { return block.warps.size() == 32 ? ~0u : (1u << block.warps.size()) - 1; }

void fail(int line, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    Block *block = current;
    if (!block || !block->running) {
        fprintf(stderr, "emulated device, outside any kernel: %s\n", text);
        abort();
    }
    char where[512];
    const dim3 &g = block->grid, &b = block->size;
    const uint3 &i = block->index;
    snprintf(where, sizeof where, "%s<<<(%u,%u,%u),(%u,%u,%u)>>> block (%u,%u,%u) thread %u", block->kernel->name, g.x, g.y, g.z, b.x, b.y,
             b.z, i.x, i.y, i.z, block->running->index);
    block->error = where;
    if (line) block->error += " line " + std::to_string(line);
    block->error += std::string(": ") + text;
    Fiber *fiber = block->running;
    block->running = nullptr;
    switch_to(fiber->context, block->scheduler);
    abort();  // nobody switches back
}

[[noreturn]] static void deadlock(Block &block) {
    std::string text = "deadlock: " + std::to_string(block.arrived) + " of " + std::to_string(block.threads) + " threads at __syncthreads";
    if (block.arrived) text += " (line " + std::to_string(block.barrier_line) + ")";
    text += ", " + std::to_string(block.returned) + " returned";
    for (size_t w = 0; w < block.warps.size(); w++) {
        const Warp &warp = block.warps[w];
        if (!warp.arrived) continue;
        char lanes[128];
        snprintf(lanes, sizeof lanes, "; warp %zu: lanes %08x of mask %08x wait in a warp operation at line %d", w, warp.arrived, warp.mask,
                 warp.line);
        text += lanes;
        break;
    }
    text += unfinished_barriers(block);
    if (block.arrived && block.returned) text += "; a barrier is for all threads: some returned before it";
    fail(0, "%s", text.c_str());
}

// Switches from the context of a thread that waits or is done to a ready one, the same warp first.
static void next_thread(Block &block, Context &from) {
    unsigned w = block.running->index / 32;
    if (!block.warps[w].ready) {
        block.ready_warps &= ~(1u << w);
        if (!block.ready_warps) {
            if (block.returned < block.threads) deadlock(block);
            block.running = nullptr;
            switch_to(from, block.scheduler);
        }
        w = pick(block, block.ready_warps);
    }
    Fiber &next = block.fibers[w * 32 + pick(block, block.warps[w].ready)];
    block.running = &next;
    position.thread = next.thread;
    if (&next.context != &from) switch_to(from, next.context);
}

void park(Block &block) {
    Fiber *fiber = block.running;
    block.warps[fiber->index / 32].ready &= ~(1u << fiber->index % 32);
    next_thread(block, fiber->context);
}

static void thread_entry() {
    Block *block = current;
    block->kernel->call(block->arguments);
    end_thread(*block);
    if (!block->running->copies.empty()) fail(0, "the thread returns with cp.async copies that it never waited for");
    block->returned++;
    park(*block);
    abort();  // nobody switches back
}

void block_barrier(int line) {
    Block &block = *current;
    if (block.arrived && block.barrier_line != line) fail(line, "divergent barrier: other threads wait at line %d", block.barrier_line);
    block.barrier_line = line;
    if (++block.arrived < block.threads) {
        park(block);
        return;
    }
    block.arrived = 0;
    block.counts.barriers++;
    uint32_t clock = block.barrier_clock;
    for (Warp &warp : block.warps) {
        warp.ready = ~0u;
        if (warp.clock > clock) clock = warp.clock;
    }
    block.barrier_clock = clock + 1;
    for (Warp &warp : block.warps) warp.clock = clock + 1;
    share_barriers(block, 0, block.threads);
    block.ready_warps = all_warps(block);
}

void run_block(Block &block, uint32_t linear) {
    const dim3 &g = block.grid, &b = block.size;
    block.linear = linear;
    block.index = {linear % g.x, linear / g.x % g.y, linear / g.x / g.y};
    block.arrived = block.returned = 0;
    block.schedule = options().schedule;
    block.random = (options().seed + 1) * 2654435761u + linear;
    block.barrier_clock = 0;
    block.error.clear();
    block.error_instruction = nullptr;
    begin_shared_memory(block);
    for (unsigned i = 0; i < block.threads; i++) {
        Fiber &fiber = block.fibers[i];
        fiber.thread = {i % b.x, i / b.x % b.y, i / b.x / b.y};
        fiber.index = i;
        fiber.group = 0;
        fiber.copies.clear();
        fiber.seen.clear();
        // Staggered: frames at equal offsets in stacks a power of two apart would share few sets of the cache.
        prepare(fiber.context, block.stacks + i * stack_bytes, stack_bytes - i * 1088 % 16384, thread_entry);
    }
    for (Warp &warp : block.warps) {
        warp.ready = ~0u;
        warp.arrived = 0;
        warp.clock = 0;
        warp.turn = 0;
    }
    block.barriers.clear();
    block.products.assign(block.warps.size(), {});
    block.agreements.assign((block.warps.size() + 3) / 4, {});
    block.ready_warps = all_warps(block);
    current = &block;
    position.block = block.index;
    position.block_size = block.size;
    position.grid_size = block.grid;
    block.running = &block.fibers[pick(block, block.ready_warps) * 32 + pick(block, ~0u)];
    position.thread = block.running->thread;
    switch_to(block.scheduler, block.running->context);
    current = nullptr;
    if (block.error.empty()) end_shared_memory(block);
    if (block.error.empty()) block.error = leftovers(block);
    block.counts.threads += block.threads;
}

}  // namespace emulator
