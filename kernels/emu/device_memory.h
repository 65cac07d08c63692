// Device memory: each buffer alone between two guards, poisoned until it is written.
#pragma once
#include "checker.h"
#include <string>

namespace emulator {

// The bytes of fresh memory: a NaN in every floating-point type. Filling memory with it says that its contents are void, and the
// check build again refuses to read it.
constexpr unsigned char poison = 0xff;

struct Buffer {
    char *begin;
    size_t bytes;
    bool host;             // page-locked memory of the host, which kernels may use too
    uint16_t guard;        // pattern on both sides, different from poison and from other buffers'
    Cell *shadow;          // one for each two bytes; the check build only, as the next
    uint8_t *initialised;  // likewise
};

// allocate returns null if the host has no memory. release and check_range, which asks for device memory, return an empty text or what is wrong.
char *allocate(size_t bytes, bool host = false);
std::string release(char *begin);
std::string check_range(const void *address, size_t bytes);

// After a copy or fill by the driver, which has been checked with check_range.
void mark_initialised(const void *address, size_t bytes, bool initialised);
void copy_initialised(const void *to, const void *from, size_t bytes);
bool is_initialised(const void *address, size_t bytes);  // always, in the fast build

const Buffer *find_buffer(const void *address);                // null: not in any
const Buffer *near_buffer(const void *address, size_t bytes);  // one whose guards the range touches
std::string check_guards();                                    // empty, or which buffer's guard was overwritten; guards are repaired

}  // namespace emulator
