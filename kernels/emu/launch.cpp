#include "launch.h"
#include "device_memory.h"
#include "image.h"
#include "runtime.h"
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

namespace emulator {

static std::map<std::string, Kernel> &kernels() {
    static std::map<std::string, Kernel> table;
    return table;
}

void register_kernel(const Kernel &kernel) { kernels()[kernel.name] = kernel; }

const Kernel *find_kernel(const char *name) {
    auto it = kernels().find(name);
    return it == kernels().end() ? nullptr : &it->second;
}

std::string check_shape(const Launch &l) {
    uint64_t threads = uint64_t(l.block.x) * l.block.y * l.block.z, blocks = uint64_t(l.grid.x) * l.grid.y * l.grid.z;
    if (threads == 0 || threads > 1024 || l.block.z > 64)
        return "a block has 1 to 1024 threads, at most 64 in z, not " + std::to_string(threads);
    if (threads % 32)
        return "a block has a multiple of 32 threads here, not " + std::to_string(threads) + ": kernels are written for whole warps";
    if (blocks == 0 || l.grid.x > 0x7fffffffu || l.grid.y > 65535 || l.grid.z > 65535 || blocks > 0xffffffffu)
        return "a grid has 1 to 2^31-1 blocks in x, 65535 in y and z, not " + std::to_string(l.grid.x) + " by " + std::to_string(l.grid.y) +
               " by " + std::to_string(l.grid.z);
    if (l.dynamic_bytes > l.shared_limit)
        return std::to_string(l.dynamic_bytes) + " bytes of dynamic shared memory; without opt-in a block has 48 KiB, with it " +
               std::to_string(shared_with_opt_in() >> 10);
    return "";
}

static void make_stacks(Block &block) {
    if (block.stack_count >= block.threads) return;
    if (block.stacks) munmap(block.stacks, block.stack_count * stack_bytes);
    void *pages = mmap(nullptr, block.threads * stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) fail(0, "no memory for the stacks of %u threads", block.threads);
    block.stacks = static_cast<char *>(pages);
    block.stack_count = block.threads;
    size_t page = size_t(sysconf(_SC_PAGESIZE));
    for (size_t i = 0; i < block.stack_count; i++) mprotect(block.stacks + i * stack_bytes, page, PROT_NONE);  // an overflow faults
}

static std::mutex pool_mutex;
static std::vector<Block *> pool;  // with their stacks, for the next launch

static Block *take_block(const Launch &launch, uint32_t number) {
    Block *block;
    {
        std::lock_guard<std::mutex> lock(pool_mutex);
        if (pool.empty()) pool.push_back(new Block);
        block = pool.back();
        pool.pop_back();
    }
    block->kernel = launch.kernel;
    block->arguments = launch.arguments;
    block->launch = number;
    block->shared_limit = launch.shared_limit;
    block->dynamic_bytes = launch.dynamic_bytes;
    block->size = launch.block;
    block->grid = launch.grid;
    block->threads = launch.block.x * launch.block.y * launch.block.z;
    block->fibers.resize(block->threads);
    block->warps.resize(block->threads / 32);
    block->counts = {};
    make_stacks(*block);
    return block;
}

// Runs work on that many OS threads, the calling one among them. The others take no signals: Go's handlers would run on a fiber's stack.
template <class F>
static void on_threads(size_t count, F work) {
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    std::vector<std::thread> helpers;
    for (size_t i = 1; i < count; i++) helpers.emplace_back(work);
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    work();
    for (std::thread &helper : helpers) helper.join();
}

static void trace(const Launch &l, const Counts &c, double seconds) {
    auto n = [](uint64_t count) { return static_cast<unsigned long long>(count); };
    fprintf(stderr, "emulated device: %s<<<(%u,%u,%u),(%u,%u,%u),%zu>>> %.3f ms, ", l.kernel->name, l.grid.x, l.grid.y, l.grid.z, l.block.x,
            l.block.y, l.block.z, l.dynamic_bytes, seconds * 1e3);
    fprintf(stderr, "%llu threads, %llu barriers, %llu products, %llu matrix loads with %llu bank conflicts, %llu asynchronous copies\n",
            n(c.threads), n(c.barriers), n(c.products), n(c.matrix_loads), n(c.bank_conflicts), n(c.async_copies));
}

std::string run(const Launch &launch) {
    if (std::string why = check_shape(launch); !why.empty()) return std::string(launch.kernel->name) + ": launch refused: " + why;
    static std::atomic<uint32_t> launches{0};
    const uint32_t number = ++launches, blocks = launch.grid.x * launch.grid.y * launch.grid.z;
    std::atomic<uint64_t> next{0};
    std::atomic<bool> stop{false};
    std::mutex result_mutex;
    std::string error;
    const void *instruction = nullptr;
    Counts counts{};
    auto begin = std::chrono::steady_clock::now();
    auto work = [&] {
        Block *block = take_block(launch, number);
        while (!stop) {
            uint64_t i = next++;
            if (i >= blocks) break;
            run_block(*block, uint32_t(options().schedule == Schedule::eager ? blocks - 1 - i : i));
            if (block->error.empty()) continue;
            std::lock_guard<std::mutex> lock(result_mutex);
            if (error.empty()) error = block->error, instruction = block->error_instruction;
            stop = true;
        }
        std::lock_guard<std::mutex> lock(result_mutex);
        const Counts &c = block->counts;
        counts = {counts.threads + c.threads,
                  counts.barriers + c.barriers,
                  counts.products + c.products,
                  counts.matrix_loads + c.matrix_loads,
                  counts.bank_conflicts + c.bank_conflicts,
                  counts.async_copies + c.async_copies};
        std::lock_guard<std::mutex> pool_lock(pool_mutex);
        pool.push_back(block);
    };
    // The checker's shadow is not locked, and its verdict does not depend on the order of the blocks.
    size_t threads = checked ? 1 : options().threads;
    on_threads(threads < blocks ? threads : blocks, work);
    if (options().trace) trace(launch, counts, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    std::string guards = check_guards();
    if (!error.empty()) return error + source_line(instruction);
    return guards.empty() ? "" : std::string(launch.kernel->name) + ": " + guards;
}

}  // namespace emulator
