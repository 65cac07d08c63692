// Atomic operations on integers. Those of threads on different OS threads meet, so they are atomic on the host too.
#include "checker.h"
#include "thread.h"

namespace emulator {

uint32_t atomic_add(uint32_t *address, uint32_t value, int line) {
    check_access(address, 4, AccessKind::atomic, line, nullptr);
    return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
}

uint32_t atomic_or(uint32_t *address, uint32_t value, int line) {
    check_access(address, 4, AccessKind::atomic, line, nullptr);
    return __atomic_fetch_or(address, value, __ATOMIC_RELAXED);
}

uint32_t atomic_max(uint32_t *address, uint32_t value, int line) {
    check_access(address, 4, AccessKind::atomic, line, nullptr);
    uint32_t old = __atomic_load_n(address, __ATOMIC_RELAXED);
    while (old < value && !__atomic_compare_exchange_n(address, &old, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return old;
}

}  // namespace emulator
