//go:build gpu

// Delay-load of the NVIDIA driver: defines every cu* function that gorgonia.org/cu and this package call, so that nothing is linked
// against libcuda.so.1 and the program starts where no driver is installed.
//
// Each function is one jump through a slot. Arguments and result pass untouched, so no prototype is needed; cuda.h must not be included,
// since it renames functions by macro.

#define _GNU_SOURCE
#include "delay.h"

#include <dlfcn.h>
#include <stdio.h>

enum { NOT_INITIALIZED = 3, NO_DEVICE = 100, NOT_SUPPORTED = 801 };

static int not_initialized(void) { return NOT_INITIALIZED; }
static int no_device(void) { return NO_DEVICE; }
static int not_supported(void) { return NOT_SUPPORTED; }

#define HIDDEN __attribute__((visibility("hidden"), used))

#define X(name) HIDDEN void *driver_slot_##name = (void *)not_initialized;
#include "symbols.h"
#undef X

#ifndef __x86_64__
#error "the jump through a slot is written for x86-64 only"
#endif

// Hidden: libraries that are loaded later (cuBLAS, cuDNN) must bind to the driver's functions, not to these.
#define X(name)                                                                             \
    __asm__(".text\n\t.p2align 4\n\t.globl " #name "\n\t.hidden " #name "\n\t.type " #name  \
            ", %function\n" #name ":\n\tendbr64\n\tjmp *driver_slot_" #name "(%rip)\n\t.size " #name ", . - " #name "\n");
#include "symbols.h"
#undef X

static const struct {
    const char *name;
    void **slot;
} functions[] = {
#define X(name) {#name, &driver_slot_##name},
#include "symbols.h"
#undef X
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

// gorgonia.org/cu calls cuInit when it is initialised and ends the process if that fails: it succeeds always. driver_load makes the real call.
HIDDEN int cuInit(unsigned flags) {
    (void)flags;
    return 0;
}

static void answer_no_device(void) {
    for (int i = 0; i < FUNCTIONS; i++) *functions[i].slot = (void *)no_device;
}

int driver_load(const char *file, char *why, size_t why_bytes) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *text = dlerror();
        snprintf(why, why_bytes, "%s", text ? text : file);
        answer_no_device();
        return -1;
    }
    int (*init)(unsigned) = (int (*)(unsigned))dlsym(library, "cuInit");
    int (*error_text)(int, const char **) = (int (*)(int, const char **))dlsym(library, "cuGetErrorString");
    int code = init ? init(0) : NOT_SUPPORTED;
    if (code != 0) { // the library stays open: a driver does not survive dlclose
        const char *text = NULL;
        if (error_text) error_text(code, &text);
        snprintf(why, why_bytes, "%s", text ? text : "no reason given");
        answer_no_device();
        return code;
    }
    for (int i = 0; i < FUNCTIONS; i++) {
        void *function = dlsym(library, functions[i].name);
        *functions[i].slot = function ? function : (void *)not_supported;
    }
    return 0;
}
