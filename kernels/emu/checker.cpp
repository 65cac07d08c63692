#include "checker.h"
#include "device_memory.h"
#include "image.h"
#include "runtime.h"
#include <cstdio>

namespace emulator {

// Who else read a cell before the last reader, as far as no order between them and a coming write is known.
constexpr uint8_t other_lanes = 1;   // another lane of its warp, since the last __syncwarp
constexpr uint8_t other_warps = 2;   // another warp, since the last barrier
constexpr uint8_t other_blocks = 4;  // another block of the launch
// Of a write: its thread did no fence_async since.
constexpr uint8_t unfenced = 8;

// Where an access is. It is filled in place, as every access has one.
struct Site {
    const char *space, *name;  // "global" or "shared", and the array's name where there is one
    size_t offset;
    int line;
    const void *instruction;
};

// What only a wrong access needs is kept out of the way of the others.
#define COLD __attribute__((cold, noinline))

[[noreturn]] COLD static void refuse(const Site &site, const std::string &what) {
    current->error_instruction = site.line ? nullptr : site.instruction;
    fail(site.line, "%s", what.c_str());
}

static std::string place(const Site &site) {
    std::string text = std::string(site.space) + " memory";
    if (site.name) text += std::string(" (") + site.name + ")";
    return text + " at byte " + std::to_string(site.offset);
}

// ordered: has the access, of this launch, happened before whatever the running thread does now?
static bool ordered(const Access &a, const Block &block) {
    if (a.block != block.linear) return false;
    if (a.kind == AccessKind::bulk_end) return block.running->seen[a.thread] >= a.clock;
    if (a.clock < block.barrier_clock || a.thread == block.running->index) return true;
    return a.thread / 32 == block.running->index / 32 && a.clock < block.warps[a.thread / 32].clock;
}

static void record_read(Access &last, const Access &now, const Block &block) {
    uint8_t readers = 0;
    if (last.launch == now.launch) {
        readers = last.readers & other_blocks;
        if (last.block != now.block) {
            readers |= other_blocks;
        } else if (last.clock >= block.barrier_clock) {
            readers |= last.readers & other_warps;
            if (last.thread / 32 != now.thread / 32) readers |= other_warps;
            else if (last.clock == now.clock) readers |= last.thread != now.thread ? other_lanes : last.readers & other_lanes;
        }
    }
    last = now;
    last.readers = readers;
}

// Who read a cell that the running thread writes, with nothing between; null if all reads are ordered.
static const char *unordered_readers(const Access &last, const Block &block) {
    if (last.readers & other_blocks || last.block != block.linear) return "another block read it, and blocks have no order";
    if (last.clock < block.barrier_clock) return nullptr;
    unsigned warp = block.running->index / 32;
    if (last.readers & other_warps || last.thread / 32 != warp) return "another warp read it with no barrier between";
    if (last.clock == block.warps[warp].clock && (last.readers & other_lanes || last.thread != block.running->index))
        return "another lane read it with no __syncwarp between";
    return nullptr;
}

static bool reads(AccessKind kind) { return kind == AccessKind::read || kind == AccessKind::atomic || kind == AccessKind::proxy_read; }

static const char *verb(AccessKind kind) { return kind == AccessKind::read || kind == AccessKind::proxy_read ? "read" : "write"; }

[[noreturn]] COLD static void refuse_after_write(const Block &block, const Access &written, AccessKind kind, const Site &site) {
    if (written.kind == AccessKind::bulk_end && written.block == block.linear)
        refuse(site, std::string("race: ") + verb(kind) + " of " + place(site) + "; a copy wrote it whose barrier this thread did not wait for");
    const char *missing = written.block != block.linear                      ? "and blocks have no order"
                          : written.thread / 32 == block.running->index / 32 ? "with no __syncwarp between"
                                                                             : "with no barrier between";
    refuse(site, std::string("race: ") + verb(kind) + " of " + place(site) + "; thread " + std::to_string(written.thread) + " of block " +
                     std::to_string(written.block) + " wrote it " + missing);
}

[[noreturn]] COLD static void refuse_pending(AccessKind kind, const Site &site) {
    refuse(site, std::string(verb(kind)) + " of " + place(site) +
                     " while an asynchronous copy into it is pending: wait for it first, and pass a barrier if it is another thread's");
}

[[noreturn]] COLD static void refuse_unfenced(const Access &written, AccessKind kind, const Site &site) {
    refuse(site, std::string("race: ") + verb(kind) + " of " + place(site) + " beside the threads; thread " + std::to_string(written.thread) +
                     " wrote it and did no fence_async since");
}

[[noreturn]] COLD static void refuse_uninitialised(const Site &site, size_t buffer_bytes) {
    refuse(site, "read of uninitialised " + place(site) + (buffer_bytes ? " of a " + std::to_string(buffer_bytes) + "-byte buffer" : ""));
}

static void judge(Block &block, Cell &cell, AccessKind kind, const Site &site) {
    if (cell.written.launch == block.launch) {
        bool atomics = kind == AccessKind::atomic && cell.written.kind == AccessKind::atomic;
        if (!atomics && !ordered(cell.written, block)) refuse_after_write(block, cell.written, kind, site);
        if (cell.written.kind == AccessKind::async_begin && kind != AccessKind::async_end) refuse_pending(kind, site);
        if (cell.written.kind == AccessKind::bulk_begin) refuse_pending(kind, site);
        if (cell.written.readers & unfenced && (kind == AccessKind::proxy_read || kind == AccessKind::bulk_begin))
            refuse_unfenced(cell.written, kind, site);
    }
    Access now{block.launch, block.linear, block.warps[block.running->index / 32].clock, uint16_t(block.running->index), kind, 0};
    if (kind == AccessKind::write || kind == AccessKind::atomic) now.readers = unfenced;
    if (kind == AccessKind::read || kind == AccessKind::proxy_read) {
        record_read(cell.read, now, block);
        return;
    }
    if (cell.read.launch == block.launch)
        if (const char *readers = unordered_readers(cell.read, block)) refuse(site, "race: write of " + place(site) + "; " + readers);
    cell.written = now;
}

static bool is_argument(const Block &block, const char *address, size_t bytes) {
    const char *begin = static_cast<const char *>(block.arguments);
    return address >= begin && address + bytes <= begin + block.kernel->argument_bytes;
}

[[noreturn]] COLD static void refuse_overrun(const Site &site, const Buffer &buffer, size_t end) {
    refuse(site, "out of bounds: the access runs " + std::to_string(end - buffer.bytes) + " bytes past the end of a " +
                     std::to_string(buffer.bytes) + "-byte buffer");
}

static void check_global(Block &block, const Buffer &buffer, const char *address, size_t bytes, AccessKind kind, Site &site) {
    site.space = "global";
    size_t offset = size_t(address - buffer.begin);
    if (bytes > buffer.bytes - offset) refuse_overrun(site, buffer, offset + bytes);
    for (size_t i = offset / cell_bytes; i <= (offset + bytes - 1) / cell_bytes; i++) {
        site.offset = i * cell_bytes;
        if (reads(kind) && !buffer.initialised[i]) refuse_uninitialised(site, buffer.bytes);
        judge(block, buffer.shadow[i], kind, site);
        if (kind != AccessKind::read) buffer.initialised[i] = 1;
    }
}

[[noreturn]] COLD static void refuse_shared_bounds(const Site &site, size_t offset, size_t bytes, size_t size) {
    refuse(site, "out of bounds: bytes " + std::to_string(offset) + " to " + std::to_string(offset + bytes) + " of " +
                     std::to_string(size) + " bytes of shared memory" + (site.name ? std::string(" (") + site.name + ")" : ""));
}

static void check_shared(Block &block, const char *address, size_t bytes, AccessKind kind, Site &site) {
    site.space = "shared";
    const char *begin = block.shared;
    size_t size = block.dynamic_bytes;
    if (address >= block.shared + size)
        for (const SharedArray &array : block.arrays)
            if (address >= array.begin) begin = array.begin, size = array.bytes, site.name = array.name;
    size_t offset = size_t(address - begin);
    if (offset + bytes > size) refuse_shared_bounds(site, offset, bytes, size);
    size_t first = size_t(address - block.shared) / cell_bytes, last = (size_t(address - block.shared) + bytes - 1) / cell_bytes;
    for (size_t i = first; i <= last; i++) {
        Cell &cell = block.shadow[i];
        site.offset = offset + (i - first) * cell_bytes;
        if (cell.written.launch != block.launch || cell.written.block != block.linear) cell = {};  // left by another block
        if (reads(kind) && !cell.written.launch) refuse_uninitialised(site, 0);
        judge(block, cell, kind, site);
    }
}

[[noreturn]] COLD static void refuse_elsewhere(const Site &site, const char *address, size_t bytes, AccessKind kind) {
    if (const Buffer *buffer = near_buffer(address, bytes))
        refuse(site, std::string("out of bounds: ") + verb(kind) + " at byte " + std::to_string(address - buffer->begin) + " of a " +
                         std::to_string(buffer->bytes) + "-byte buffer");
    char text[96];
    snprintf(text, sizeof text, "out of bounds: %s at %p, which is no device memory", verb(kind), static_cast<const void *>(address));
    refuse(site, text);
}

void check_access(const void *address, size_t bytes, AccessKind kind, int line, const void *instruction) {
    Block *block = current;
    if (!checked || !block || !block->running) return;
    const char *p = static_cast<const char *>(address);
    Site site{"", nullptr, 0, line, instruction};
    if (p >= block->stacks && p < block->stacks + block->stack_count * stack_bytes) {
        if (size_t(p - block->stacks) / stack_bytes != block->running->index) refuse(site, "access to a variable of another thread");
        return;
    }
    if (bytes < cell_bytes && kind != AccessKind::read)
        refuse(site, "a store of one byte, which the checker cannot judge: store two or more at once");
    if (p >= block->shared && p < block->shared + block->shared_used) return check_shared(*block, p, bytes, kind, site);
    if (const Buffer *buffer = find_buffer(p)) return check_global(*block, *buffer, p, bytes, kind, site);
    if (kind == AccessKind::read && (is_argument(*block, p, bytes) || in_image(p, bytes))) return;
    refuse_elsewhere(site, p, bytes, kind);
}

void mark_copied(Block &block, const char *address, size_t bytes, unsigned barrier, uint32_t phase) {
    if (!checked) return;
    const size_t first = size_t(address - block.shared) / cell_bytes;
    for (size_t i = first; i < first + bytes / cell_bytes; i++)
        block.shadow[i].written = {block.launch, block.linear, phase, uint16_t(barrier), AccessKind::bulk_end, 0};
}

void settle_writes(Block &block) {
    if (!checked) return;
    for (size_t i = 0; i < block.shared_used / cell_bytes; i++) {
        Access &w = block.shadow[i].written;
        if (w.launch == block.launch && w.block == block.linear && w.kind == AccessKind::write && w.thread == block.running->index) w.readers = 0;
    }
}

}  // namespace emulator
