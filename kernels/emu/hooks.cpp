// What the compiler calls where it was told -fsanitize=thread,alignment: our own functions in place of libtsan's and libubsan's.
// Only the check build has this file.
#include "checker.h"
#include "runtime.h"

using emulator::AccessKind;
using emulator::check_access;

#define HOOKS(bytes)                                                                                                           \
    void __tsan_read##bytes(void *p) { check_access(p, bytes, AccessKind::read, 0, __builtin_return_address(0)); }             \
    void __tsan_write##bytes(void *p) { check_access(p, bytes, AccessKind::write, 0, __builtin_return_address(0)); }           \
    void __tsan_unaligned_read##bytes(void *p) { check_access(p, bytes, AccessKind::read, 0, __builtin_return_address(0)); }   \
    void __tsan_unaligned_write##bytes(void *p) { check_access(p, bytes, AccessKind::write, 0, __builtin_return_address(0)); } \
    void __tsan_volatile_read##bytes(void *p) { check_access(p, bytes, AccessKind::read, 0, __builtin_return_address(0)); }    \
    void __tsan_volatile_write##bytes(void *p) { check_access(p, bytes, AccessKind::write, 0, __builtin_return_address(0)); }

extern "C" {
HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)
void __tsan_read_range(void *p, size_t bytes) { check_access(p, bytes, AccessKind::read, 0, __builtin_return_address(0)); }
void __tsan_write_range(void *p, size_t bytes) { check_access(p, bytes, AccessKind::write, 0, __builtin_return_address(0)); }
void __tsan_init() {}
void __tsan_func_entry(void *) {}
void __tsan_func_exit() {}

// The layout of these two is libubsan's.
struct SourceLocation {
    const char *file;
    uint32_t line, column;
};
struct TypeMismatch {
    SourceLocation location;
    const void *type;
    unsigned char alignment_logarithm, kind;
};
void __ubsan_handle_type_mismatch_v1(TypeMismatch *mismatch, uintptr_t address) {
    if (!emulator::current || !emulator::current->running) return;
    emulator::current->error_instruction = __builtin_return_address(0);
    emulator::fail(0, "misaligned access: address %#zx is not a multiple of %d", size_t(address), 1 << mismatch->alignment_logarithm);
}
}
