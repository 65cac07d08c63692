// Sums in double over the threads of a block, in one order.
#pragma once
#include "memory.cuh"

// block_sum returns the sum of every thread's value to thread 0: halves are added until one is left. All threads of the block call it; shared
// memory is free again when it returns.
__device__ __forceinline__ double block_sum(double value) {
    SHARED(double, sums, threads);
    sums[threadIdx.x] = value;
    __syncthreads();
    for (unsigned width = threads / 2; width > 0; width /= 2) {
        if (threadIdx.x < width) sums[threadIdx.x] += sums[threadIdx.x + width];
        __syncthreads();
    }
    return threadIdx.x == 0 ? sums[0] : 0.0;
}

// thread_sum is this thread's share of the sum of an array: every element at a multiple of the block's threads from its own.
template <class T> __device__ __forceinline__ double thread_sum(const T *array, unsigned elements) {
    double sum = 0;
    for (unsigned i = threadIdx.x; i < elements; i += threads) sum += static_cast<double>(array[i]);
    return sum;
}

__device__ __forceinline__ double square(float value) { return static_cast<double>(value) * static_cast<double>(value); }
__device__ __forceinline__ double squares(float4 v) { return (square(v.x) + square(v.y)) + (square(v.z) + square(v.w)); }
