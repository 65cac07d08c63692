// cp.async, as late as the rules allow: the target is poison from the start of the copy to the wait that covers it.
#include "checker.h"
#include "device_memory.h"
#include "runtime.h"
#include <cstring>

namespace emulator {

void async_copy(void *shared, const void *global, int bytes, bool valid, int line) {
    Fiber &fiber = *current->running;
    size_t n = size_t(bytes);
    require_shared(shared, n, n, line, "cp.async");
    if (reinterpret_cast<uintptr_t>(global) % n) fail(line, "cp.async: misaligned: the global address is not a multiple of %d", bytes);
    if (valid) check_access(global, n, AccessKind::read, line, nullptr);
    check_access(shared, n, AccessKind::async_begin, line, nullptr);
    memset(shared, poison, n);
    fiber.copies.push_back({shared, global, bytes, valid, fiber.group});
}

void async_commit() { current->running->group++; }

void async_wait(int newest_unfinished, int line) {
    Fiber &fiber = *current->running;
    size_t kept = 0;
    for (const AsyncCopy &copy : fiber.copies) {
        if (copy.group >= fiber.group - newest_unfinished) {
            fiber.copies[kept++] = copy;
            continue;
        }
        size_t n = size_t(copy.bytes);
        check_access(copy.shared, n, AccessKind::async_end, line, nullptr);
        if (copy.valid) {
            check_access(copy.global, n, AccessKind::read, line, nullptr);
            memcpy(copy.shared, copy.global, n);
        } else {
            memset(copy.shared, 0, n);
        }
    }
    current->counts.async_copies += fiber.copies.size() - kept;
    fiber.copies.resize(kept);
}

}  // namespace emulator
