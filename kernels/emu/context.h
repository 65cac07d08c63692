// Switching between stacks: the registers that a function call preserves, and the stack pointer.
#pragma once
#include <cstddef>
#if !defined(__x86_64__) || defined(EMULATOR_UCONTEXT)
#include <ucontext.h>
#endif

namespace emulator {

#if defined(__x86_64__) && !defined(EMULATOR_UCONTEXT)

struct Context {
    void *stack_pointer = nullptr;
};

// A few nanoseconds, where swapcontext makes a system call each time: that made the whole emulator four times slower.
extern "C" void emulator_switch(void **save, void *next);

inline void prepare(Context &context, char *stack, size_t bytes, void (*entry)()) {
    void **top = reinterpret_cast<void **>(stack + bytes) - 1;  // entry finds the stack pointer as after a call: 8 past a multiple of 16
    *--top = reinterpret_cast<void *>(entry);
    context.stack_pointer = top - 6;  // the six registers that emulator_switch pops; their values do not matter
}
inline void switch_to(Context &from, Context &to) { emulator_switch(&from.stack_pointer, to.stack_pointer); }

#else

struct Context {
    ucontext_t context;
};

inline void prepare(Context &context, char *stack, size_t bytes, void (*entry)()) {
    getcontext(&context.context);
    context.context.uc_stack.ss_sp = stack;
    context.context.uc_stack.ss_size = bytes;
    context.context.uc_link = nullptr;
    makecontext(&context.context, entry, 0);
}
inline void switch_to(Context &from, Context &to) { swapcontext(&from.context, &to.context); }

#endif

}  // namespace emulator
