// The running average of weights, for its own kernel and for Adam's.
#pragma once
#include "memory.cuh"

// average[i] += rest * (weight - average[i]) for the elements i to i + 3
__device__ __forceinline__ void move_average(float *average, float4 weight, unsigned i, unsigned end, bool vectors, float rest) {
    float4 value = load4(average, i, end, vectors);
    value.x += rest * (weight.x - value.x);
    value.y += rest * (weight.y - value.y);
    value.z += rest * (weight.z - value.z);
    value.w += rest * (weight.w - value.w);
    store4(average, i, end, vectors, value);
}
