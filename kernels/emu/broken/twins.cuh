// Kernels with one deliberate fault each, and the same kernel without it. A body is compiled twice; what differs is `broken`.
#pragma once
#include "device.cuh"

// Each reads n floats of in and writes n of out. test/broken.cpp says what comes out and how the broken one is rejected.
#define TWINS(name)                                                                                                 \
    extern "C" __global__ void name(const float *in, float *out, int n) { name##_body<false>(in, out, n); }         \
    KERNEL(name);                                                                                                   \
    extern "C" __global__ void name##_broken(const float *in, float *out, int n) { name##_body<true>(in, out, n); } \
    KERNEL(name##_broken)
