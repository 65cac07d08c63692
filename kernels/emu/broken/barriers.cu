// Barriers that not all threads reach, or not the same one.
#include "twins.cuh"

// out = in, reversed in each block, by two copies of the barrier in the broken one.
template <bool broken>
__device__ __forceinline__ void divergent_barrier_body(const float *in, float *out, int n) {
    SHARED(float, tile, 64);
    int i = int(threadIdx.x), begin = int(blockIdx.x) * 64;
    tile[i] = in[begin + i];
    if (broken && i < 32) __syncthreads();
    else __syncthreads();
    out[begin + i] = tile[63 - i];
}
TWINS(divergent_barrier);

// out = in, reversed over the n elements of the only block; the broken one returns where there is no element.
template <bool broken>
__device__ __forceinline__ void barrier_after_return_body(const float *in, float *out, int n) {
    SHARED(float, tile, 64);
    int i = int(threadIdx.x);
    if (broken && i >= n) return;
    if (i < n) tile[i] = in[i];
    __syncthreads();
    if (i < n) out[i] = tile[n - 1 - i];
}
TWINS(barrier_after_return);
