// Accesses of several threads to one place with nothing that orders them.
#include "twins.cuh"

// out = in, reversed in each block: a thread reads what one of another warp wrote.
template <bool broken>
__device__ __forceinline__ void race_in_block_body(const float *in, float *out, int n) {
    SHARED(float, tile, 64);
    int i = int(threadIdx.x), begin = int(blockIdx.x) * 64;
    tile[i] = 0.0f;
    __syncthreads();
    tile[i] = in[begin + i];
    if (!broken) __syncthreads();
    out[begin + i] = tile[63 - i];
}
TWINS(race_in_block);

// out = in with neighbours exchanged: both are lanes of one warp, which need not run in step.
template <bool broken>
__device__ __forceinline__ void race_in_warp_body(const float *in, float *out, int n) {
    SHARED(float, tile, 64);
    int i = int(threadIdx.x), begin = int(blockIdx.x) * 64;
    tile[i] = 0.0f;
    __syncwarp();
    tile[i] = in[begin + i];
    if (!broken) __syncwarp();
    out[begin + i] = tile[i ^ 1];
}
TWINS(race_in_warp);

// out = in; the broken one lets every block write everything.
template <bool broken>
__device__ __forceinline__ void race_between_blocks_body(const float *in, float *out, int n) {
    int begin = broken ? 0 : int(blockIdx.x * blockDim.x), end = broken ? n : min(n, begin + int(blockDim.x));
    for (int i = begin + int(threadIdx.x); i < end; i += int(blockDim.x)) out[i] = in[i];
}
TWINS(race_between_blocks);

// out = 2 in; the broken one reads what another block has perhaps written.
template <bool broken>
__device__ __forceinline__ void read_of_other_block_body(const float *in, float *out, int n) {
    int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    out[i] = 2.0f * in[i];
    if (broken) out[i] = out[n - 1 - i] * in[i] / in[n - 1 - i];
}
TWINS(read_of_other_block);

// out = in + 2 * reversed in, in two rounds through one tile: the second must not begin before all have read the first.
template <bool broken>
__device__ __forceinline__ void missing_barrier_body(const float *in, float *out, int n) {
    SHARED(float, tile, 64);
    int i = int(threadIdx.x), begin = int(blockIdx.x) * 64;
    float sum = in[begin + i];
    for (int round = 0; round < 2; round++) {
        tile[i] = in[begin + i];
        __syncthreads();
        sum += tile[63 - i];
        if (!broken) __syncthreads();
    }
    out[begin + i] = sum;
}
TWINS(missing_barrier);

// out = in[first of the block], + 1 for the block's last thread: it has read the tile as the first has, and overwrites it while that one
// may still read.
template <bool broken>
__device__ __forceinline__ void overwritten_in_warp_body(const float *in, float *out, int n) {
    SHARED(float, tile, 1);
    int i = int(threadIdx.x), begin = int(blockIdx.x) * 32;
    if (i == 0) tile[0] = in[begin];
    __syncwarp();
    float value = i == 0 || i == 31 ? tile[0] : in[begin];
    if (!broken) __syncwarp();
    if (i == 31) tile[0] = ++value;
    out[begin + i] = value;
}
TWINS(overwritten_in_warp);

// The same with threads of two warps; a third read, which is ordered before the write, comes between.
template <bool broken>
__device__ __forceinline__ void overwritten_in_block_body(const float *in, float *out, int n) {
    SHARED(float, tile, 1);
    int i = int(threadIdx.x), begin = int(blockIdx.x) * 64;
    if (i == 0) tile[0] = in[begin];
    __syncthreads();
    float value = i == 0 || i == 32 ? tile[0] : in[begin];
    __syncwarp();
    if (i == 63) value = tile[0];
    if (!broken) __syncthreads();
    if (i == 63) tile[0] = ++value;
    out[begin + i] = value;
}
TWINS(overwritten_in_block);

// out = in[0]; in the broken one the last block overwrites what all blocks read.
template <bool broken>
__device__ __forceinline__ void overwritten_by_block_body(const float *in, float *out, int n) {
    int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    out[i] = in[0];
    __syncthreads();
    if (broken && i == n - 1) const_cast<float *>(in)[0] = 0.0f;
}
TWINS(overwritten_by_block);

// out = in, the lower half of each warp from the upper; in the broken one the barrier is for the lower lanes alone.
template <bool broken>
__device__ __forceinline__ void partial_barrier_body(const float *in, float *out, int n) {
    SHARED(float, tile, 32);
    int i = int(threadIdx.x), begin = int(blockIdx.x) * 32;
    tile[i] = 0.0f;
    __syncwarp();
    tile[i] = in[begin + i];
    if (!broken) __syncwarp();
    else if (i < 16) __syncwarp(0xffffu);
    out[begin + i] = i < 16 ? tile[i + 16] : in[begin + i];
}
TWINS(partial_barrier);
