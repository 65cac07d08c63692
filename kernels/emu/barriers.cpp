// Barriers that count bytes, and the copies that they count: as late as the rules allow, which is when a thread waits, or at once, as the schedule says.
#include "async_proxy.h"
#include "device_memory.h"
#include "runtime.h"
#include <algorithm>
#include <cstring>

namespace emulator {

static void require_hopper(int line) {
    if (!options().hopper) fail(line, "this instruction is of compute capability 9.0, and the emulated device has 8.0: TWEEDIE_EMULATOR_CAPABILITY=9.0");
}

static Barrier &barrier_at(uint64_t *address, int line) {
    for (Barrier &b : current->barriers)
        if (b.address == reinterpret_cast<char *>(address)) return b;
    fail(line, "no barrier was initialised at this address");
}

static void wake(Block &block, Barrier &barrier) {
    for (unsigned thread : barrier.waiting) {
        block.warps[thread / 32].ready |= 1u << thread % 32;
        block.ready_warps |= 1u << thread / 32;
    }
    barrier.waiting.clear();
}

void barrier_init(uint64_t *address, unsigned arrivals, int line) {
    require_hopper(line);
    require_shared(address, 8, 8, line, "barrier_init");
    check_access(address, 8, AccessKind::write, line, nullptr);
    if (arrivals == 0) fail(line, "a barrier for no arrivals");
    for (Barrier &b : current->barriers)
        if (b.address == reinterpret_cast<char *>(address)) fail(line, "a barrier is initialised twice");
    current->barriers.push_back({reinterpret_cast<char *>(address), arrivals, arrivals, 0, 0, {}, {}});
    for (Fiber &fiber : current->fibers) fiber.seen.push_back(0);
}

void barrier_expect(uint64_t *address, unsigned bytes, int line) {
    Barrier &barrier = barrier_at(address, line);
    check_access(address, 8, AccessKind::read, line, nullptr);
    if (barrier.pending == 0) fail(line, "more threads arrive at a barrier than its phase is for");
    barrier.pending--;
    barrier.bytes += bytes;
    if (barrier.bytes >= 1 << 20) fail(line, "a barrier counts fewer than 2^20 bytes");
    wake(*current, barrier);
}

void fence_async() { settle_writes(*current); }

static char *global_of(const Tensor &t, const int64_t (&at)[4]) {
    for (int i = 0; i < 4; i++)
        if (at[i] < 0 || uint64_t(at[i]) >= t.size[i]) return nullptr;
    uint64_t address = t.address + uint64_t(at[0]) * t.element;
    for (int i = 1; i < 4; i++) address += uint64_t(at[i]) * t.stride[i - 1];
    return reinterpret_cast<char *>(address);
}

// Calls f(to, from) for each 16 bytes of a copy; from is null outside of the tensor.
template <class F>
static void each_vector(const BulkCopy &copy, F f) {
    if (copy.from) {
        for (size_t i = 0; i < copy.bytes; i += 16) f(copy.to + i, copy.from + i);
        return;
    }
    const Tensor &t = copy.tensor;
    char *to = copy.to;
    const int64_t step = int64_t(16 / t.element);
    for (uint64_t w = 0; w < t.box[3]; w++)
        for (uint64_t z = 0; z < t.box[2]; z++)
            for (uint64_t y = 0; y < t.box[1]; y++)
                for (int64_t x = 0; x < int64_t(t.box[0]); x += step, to += 16) {
                    const int64_t at[4] = {copy.at[0] + x, copy.at[1] + int64_t(y), copy.at[2] + int64_t(z), copy.at[3] + int64_t(w)};
                    const int64_t last[4] = {at[0] + step - 1, at[1], at[2], at[3]};
                    const char *from = global_of(t, at);
                    if ((from == nullptr) != (global_of(t, last) == nullptr)) fail(0, "tensor_copy: 16 bytes that lie in the tensor and outside of it");
                    f(to, from);
                }
}

static void run(Block &block, Barrier &barrier, BulkCopy &copy, int line) {
    each_vector(copy, [&](char *to, const char *from) {
        if (from) check_access(from, 16, AccessKind::read, line, nullptr);
        if (from) memcpy(to, from, 16);
        else memset(to, 0, 16);
    });
    mark_copied(block, copy.to, copy.bytes, unsigned(&barrier - block.barriers.data()), barrier.phase + 1);
    barrier.bytes -= int64_t(copy.bytes);
    copy.done = true;
    block.counts.async_copies++;
}

static void begin(BulkCopy copy, uint64_t *address, int line, const char *what) {
    Block &block = *current;
    require_shared(copy.to, copy.bytes, copy.from ? 16 : 128, line, what);
    Barrier &barrier = barrier_at(address, line);
    check_access(address, 8, AccessKind::proxy_read, line, nullptr);
    each_vector(copy, [&](char *, const char *from) {
        if (from) check_access(from, 16, AccessKind::read, line, nullptr);
    });
    check_access(copy.to, copy.bytes, AccessKind::bulk_begin, line, nullptr);
    memset(copy.to, poison, copy.bytes);
    barrier.copies.push_back(copy);
    bool now = block.schedule == Schedule::eager || (block.schedule == Schedule::random && next_random(block.random) & 1);
    if (now) run(block, barrier, barrier.copies.back(), line);
    wake(block, barrier);
}

void bulk_copy(void *shared, const void *global, unsigned bytes, uint64_t *barrier, int line) {
    require_hopper(line);
    if (bytes == 0 || bytes % 16 || reinterpret_cast<uintptr_t>(global) % 16)
        fail(line, "bulk_copy: misaligned: %u bytes from %p, where multiples of 16 are wanted", bytes, global);
    begin({static_cast<char *>(shared), bytes, static_cast<const char *>(global), {}, {}, false}, barrier, line, "bulk_copy");
}

void tensor_copy(void *shared, const tensor_map &map, const int (&at)[4], uint64_t *barrier, int line) {
    require_hopper(line);
    BulkCopy copy{static_cast<char *>(shared), 0, nullptr, {}, {at[0], at[1], at[2], at[3]}, false};
    memcpy(&copy.tensor, &map, sizeof copy.tensor);
    const Tensor &t = copy.tensor;
    if (t.magic != tensor_magic) fail(line, "tensor_copy: the map is none that cuTensorMapEncodeTiled made");
    copy.bytes = t.box[0] * t.box[1] * t.box[2] * t.box[3] * t.element;
    begin(copy, barrier, line, "tensor_copy");
}

void barrier_wait(uint64_t *address, unsigned parity, int line) {
    Block &block = *current;
    Fiber &fiber = *block.running;
    const unsigned index = unsigned(&barrier_at(address, line) - block.barriers.data());
    check_access(address, 8, AccessKind::read, line, nullptr);
    for (;;) {
        Barrier &barrier = block.barriers[index];
        if ((barrier.phase & 1) != parity) {
            fiber.seen[index] = barrier.phase;
            return;
        }
        int64_t coming = 0;
        for (const BulkCopy &copy : barrier.copies) coming += copy.done ? 0 : int64_t(copy.bytes);
        if (barrier.pending == 0 && barrier.bytes == coming) {
            for (BulkCopy &copy : barrier.copies)
                if (!copy.done) run(block, barrier, copy, line);
            barrier.copies.clear();
            barrier.phase++;
            barrier.pending = barrier.arrivals;
            wake(block, barrier);
            continue;
        }
        barrier.waiting.push_back(fiber.index);
        park(block);
    }
}

void share_barriers(Block &block, unsigned first, unsigned last) {
    for (size_t i = 0; i < block.barriers.size(); i++) {
        uint32_t seen = 0;
        for (unsigned thread = first; thread < last; thread++) seen = std::max(seen, block.fibers[thread].seen[i]);
        for (unsigned thread = first; thread < last; thread++) block.fibers[thread].seen[i] = seen;
    }
}

std::string unfinished_barriers(const Block &block) {
    for (const Barrier &b : block.barriers)
        if (!b.waiting.empty())
            return "; " + std::to_string(b.waiting.size()) + " threads wait at the barrier in shared memory at byte " +
                   std::to_string(b.address - block.shared) + ", which waits for " + std::to_string(b.pending) + " arrivals and " +
                   std::to_string(b.bytes) + " bytes";
    return "";
}

}  // namespace emulator
