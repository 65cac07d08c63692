//go:build cgo

// dispatch.c: which kernels this processor runs, and its name. The CPUID checks include that the system saves the wide registers.
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "dispatch.h"

#include <string.h>

#if defined(HAVE_AVX)
#include <cpuid.h>
#endif
#if defined(HAVE_AMX)
#include <sys/syscall.h>
#include <unistd.h>
#endif

const struct kernels *kernels_of(const char *tier) {
    if (strcmp(tier, "plain") == 0)
        return &kernels_plain;
#if defined(HAVE_AVX)
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (strcmp(tier, "avx2") == 0 && avx2)
        return &kernels_avx2;
    if (strcmp(tier, "avx512") == 0 && avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
        return &kernels_avx512;
#endif
    return NULL;
}

#if defined(HAVE_AMX)
// has_amx says whether the processor has the unit, with the sizes that the kernels use.
static int has_amx(void) {
    enum { bfloat16 = 1 << 22, tile = 1 << 24, palette = 1 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & bfloat16) || !(d & tile))
        return 0;
    // Bytes of a tile and of all, rows; tiles and bytes of a row.
    return __get_cpuid_count(0x1d, palette, &a, &b, &c, &d) && a == (1024u << 16 | 8192) && b == (8u << 16 | 64) && (c & 0xffff) == 16;
}

// saves_tiles says whether the system saves the unit's registers.
static int saves_tiles(void) {
    enum { osxsave = 1 << 27, both = 3 << 17 }; // of the configuration and of the tiles
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & osxsave))
        return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return (a & both) == both;
}

const struct kernels *amx_kernels(enum amx_state *state) {
    enum { request_permission = 0x1023, tile_data = 18 }; // ARCH_REQ_XCOMP_PERM of Linux 5.16
    if (!has_amx() || !kernels_of("avx512"))
        *state = amx_absent;
    else if (!saves_tiles() || syscall(SYS_arch_prctl, request_permission, tile_data) != 0)
        *state = amx_refused;
    else
        *state = kernels_amx.probe() ? amx_usable : amx_wrong;
    return *state == amx_usable ? &kernels_amx : NULL;
}
#else
const struct kernels *amx_kernels(enum amx_state *state) {
    *state = amx_absent;
    return NULL;
}
#endif

void processor_name(char name[49]) {
    name[0] = 0;
#if defined(HAVE_AVX)
    unsigned registers[12];
    for (unsigned i = 0; i < 3; i++)
        if (!__get_cpuid(0x80000002u + i, &registers[4 * i], &registers[4 * i + 1], &registers[4 * i + 2], &registers[4 * i + 3]))
            return;
    memcpy(name, registers, sizeof registers);
    name[48] = 0;
#endif
}
