//go:build cgo

// dispatch.c: which kernels this processor runs, and its name. The CPUID checks include that the system saves the wide registers.
#include "dispatch.h"

#include <string.h>

#if defined(HAVE_AVX)
#include <cpuid.h>
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
