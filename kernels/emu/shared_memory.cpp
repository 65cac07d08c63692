// A block's shared memory: the dynamic part first, then each SHARED array when a thread first comes to it, with gaps between.
#include "device_memory.h"
#include "runtime.h"
#include <cstdlib>
#include <cstring>

namespace emulator {

constexpr size_t gap = 128;                // poison after the dynamic part and after each array
constexpr size_t gaps_maximum = 64 * gap;  // gaps are no part of what the device counts

static size_t align(size_t n, size_t to) { return (n + to - 1) / to * to; }

Block::Block() : shared(static_cast<char *>(aligned_alloc(128, shared_maximum + gaps_maximum))) {
    if (checked) shadow.reset(new Cell[(shared_maximum + gaps_maximum) / cell_bytes]());
}

Block::~Block() { free(shared); }

void begin_shared_memory(Block &block) {
    block.arrays.clear();
    block.static_bytes = 0;
    block.shared_used = align(block.dynamic_bytes, 128) + gap;
    memset(block.shared, poison, block.shared_used);
}

// Finds stores past the end of an array, in the fast build too.
void end_shared_memory(Block &block) {
    auto intact = [](const char *begin, const char *end) {
        while (begin < end && static_cast<unsigned char>(*begin) == poison) begin++;
        return begin == end;
    };
    std::string name = block.kernel->name;
    if (!intact(block.shared + block.dynamic_bytes, block.shared + align(block.dynamic_bytes, 128) + gap))
        block.error = name + ": wrote past the end of its dynamic shared memory";
    for (const SharedArray &array : block.arrays)
        if (!intact(array.begin + array.bytes, array.begin + align(array.bytes, 128) + gap))
            block.error = name + ": wrote past the end of its shared array " + array.name;
}

void *dynamic_shared(int line) {
    if (!current->dynamic_bytes) fail(line, "the kernel uses dynamic shared memory and was launched with none");
    return current->shared;
}

void *shared_array(const void *identity, const char *name, int line, size_t bytes) {
    Block &block = *current;
    for (const SharedArray &array : block.arrays)
        if (array.identity == identity) return array.begin;
    block.static_bytes += align(bytes, 16);
    if (block.static_bytes > shared_default)
        fail(line, "%zu bytes of static shared arrays; a kernel may have %zu, and more as dynamic ones", block.static_bytes,
             shared_default);
    if (block.static_bytes + block.dynamic_bytes > block.shared_limit)
        fail(line, "%zu bytes of static and %zu of dynamic shared memory; the launch may have %zu in all", block.static_bytes,
             block.dynamic_bytes, block.shared_limit);
    char *begin = block.shared + block.shared_used;
    size_t reserved = align(bytes, 128) + gap;
    if (block.shared_used + reserved > shared_maximum + gaps_maximum) fail(line, "too many shared arrays for the emulator");
    memset(begin, poison, reserved);
    block.shared_used += reserved;
    block.arrays.push_back({identity, name, begin, bytes});
    return begin;
}

void require_shared(const void *address, size_t bytes, size_t alignment, int line, const char *what) {
    const char *p = static_cast<const char *>(address), *begin = current->shared;
    if (p < begin || p + bytes > begin + current->shared_used) fail(line, "%s: the address is not in shared memory", what);
    if (reinterpret_cast<uintptr_t>(p) % alignment)
        fail(line, "%s: misaligned: the shared address is not a multiple of %zu", what, alignment);
}

}  // namespace emulator
