#include "device_memory.h"
#include "runtime.h"
#include <cstring>
#include <map>
#include <mutex>
#include <sys/mman.h>

namespace emulator {

constexpr size_t guard_bytes = 256;  // also the alignment of buffers

// By end address, so that upper_bound finds the buffer of an address.
static std::map<const char *, Buffer> buffers;
static std::mutex buffers_mutex;  // kernels run while no other thread changes the map: the driver holds its own lock

static void *map_pages(size_t bytes) {
    void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? nullptr : p;
}

static size_t cells(size_t bytes) { return (bytes + cell_bytes - 1) / cell_bytes; }

// The guard is a NaN in float32 and bfloat16 as well. If all buffers had the same, copying one guard onto another would go unseen.
static void write_guards(const Buffer &b) {
    for (size_t i = 0; i < guard_bytes; i += 2) {
        memcpy(b.begin - guard_bytes + i, &b.guard, 2);
        memcpy(b.begin + b.bytes + i, &b.guard, 2);
    }
}

static bool guards_intact(const Buffer &b) {
    bool intact = true;
    for (size_t i = 0; i < guard_bytes; i += 2)
        intact &= memcmp(b.begin - guard_bytes + i, &b.guard, 2) == 0 && memcmp(b.begin + b.bytes + i, &b.guard, 2) == 0;
    return intact;
}

char *allocate(size_t bytes, bool host) {
    char *pages = static_cast<char *>(map_pages(bytes + 2 * guard_bytes));
    if (!pages) return nullptr;
    Buffer b{pages + guard_bytes, bytes, host, 0, nullptr, nullptr};
    if (checked) {
        b.shadow = static_cast<Cell *>(map_pages(cells(bytes) * sizeof(Cell)));
        b.initialised = static_cast<uint8_t *>(map_pages(cells(bytes)));
        if (!b.shadow || !b.initialised) return nullptr;
    }
    memset(b.begin, poison, bytes);
    std::lock_guard<std::mutex> lock(buffers_mutex);
    static unsigned serial;
    b.guard = uint16_t(0xff80 + 1 + serial++ % 126);
    write_guards(b);
    buffers[b.begin + bytes] = b;
    return b.begin;
}

// The checker asks for every access of a kernel: which buffer was found last in a page is remembered.
constexpr size_t page_bytes = 4096;
static const Buffer *recent[256];
static const Buffer *&recent_in_page(const void *address) { return recent[reinterpret_cast<uintptr_t>(address) / page_bytes % 256]; }

const Buffer *find_buffer(const void *address) {
    const char *p = static_cast<const char *>(address);
    const Buffer *&remembered = recent_in_page(address);
    if (remembered && p >= remembered->begin && p < remembered->begin + remembered->bytes) return remembered;
    auto it = buffers.upper_bound(p);
    if (it == buffers.end() || p < it->second.begin) return nullptr;
    return remembered = &it->second;
}

const Buffer *near_buffer(const void *address, size_t bytes) {
    const char *p = static_cast<const char *>(address);
    for (auto &[end, b] : buffers)
        if (p + bytes > b.begin - guard_bytes && p < end + guard_bytes) return &b;
    return nullptr;
}

std::string release(char *begin) {
    std::lock_guard<std::mutex> lock(buffers_mutex);
    const Buffer *b = find_buffer(begin);
    if (!b || b->begin != begin) return "free of something that is no device buffer";
    std::string error;
    if (!guards_intact(*b)) error = "the guard of a " + std::to_string(b->bytes) + "-byte device buffer was overwritten";
    if (checked) {
        munmap(b->shadow, cells(b->bytes) * sizeof(Cell));
        munmap(b->initialised, cells(b->bytes));
    }
    munmap(begin - guard_bytes, b->bytes + 2 * guard_bytes);
    buffers.erase(b->begin + b->bytes);
    for (const Buffer *&remembered : recent) remembered = nullptr;
    return error;
}

std::string check_range(const void *address, size_t bytes) {
    if (bytes == 0) return "";
    std::lock_guard<std::mutex> lock(buffers_mutex);
    const Buffer *b = find_buffer(address);
    if (!b) return "an address that is in no device buffer";
    if (b->host) return "an address in page-locked memory of the host";
    size_t offset = size_t(static_cast<const char *>(address) - b->begin);
    if (bytes <= b->bytes - offset) return "";
    return std::to_string(bytes) + " bytes from byte " + std::to_string(offset) + " of a " + std::to_string(b->bytes) +
           "-byte device buffer";
}

void mark_initialised(const void *address, size_t bytes, bool initialised) {
    if (!checked || bytes == 0) return;
    std::lock_guard<std::mutex> lock(buffers_mutex);
    const Buffer *b = find_buffer(address);
    size_t offset = size_t(static_cast<const char *>(address) - b->begin);
    memset(b->initialised + offset / cell_bytes, initialised, cells(offset % cell_bytes + bytes));
}

void copy_initialised(const void *to, const void *from, size_t bytes) {
    if (!checked || bytes == 0) return;
    std::lock_guard<std::mutex> lock(buffers_mutex);
    const Buffer *target = find_buffer(to), *source = find_buffer(from);
    size_t target_offset = size_t(static_cast<const char *>(to) - target->begin),
           source_offset = size_t(static_cast<const char *>(from) - source->begin);
    memmove(target->initialised + target_offset / cell_bytes, source->initialised + source_offset / cell_bytes,
            cells(target_offset % cell_bytes + bytes));
}

bool is_initialised(const void *address, size_t bytes) {
    if (!checked || bytes == 0) return true;
    std::lock_guard<std::mutex> lock(buffers_mutex);
    const Buffer *b = find_buffer(address);
    size_t offset = size_t(static_cast<const char *>(address) - b->begin);
    const uint8_t *first = b->initialised + offset / cell_bytes;
    return memchr(first, 0, cells(offset % cell_bytes + bytes)) == nullptr;
}

std::string check_guards() {
    std::lock_guard<std::mutex> lock(buffers_mutex);
    std::string error;
    for (auto &[end, b] : buffers) {
        if (guards_intact(b)) continue;
        if (error.empty()) error = "wrote outside a " + std::to_string(b.bytes) + "-byte device buffer";
        write_guards(b);
    }
    return error;
}

}  // namespace emulator
