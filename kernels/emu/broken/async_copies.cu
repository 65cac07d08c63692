// Misuse of cp.async. Every block copies 256 floats through shared memory, four to a thread.
#include "twins.cuh"

__device__ __forceinline__ void clear(float *tile) {
    for (int i = 0; i < 4; i++) tile[4 * threadIdx.x + i] = 0.0f;
    __syncthreads();
}

// out = in; the broken one reads before the copy is waited for.
template <bool broken>
__device__ __forceinline__ void read_before_wait_body(const float *in, float *out, int n) {
    SHARED(float, tile, 256);
    clear(tile);
    int begin = int(blockIdx.x) * 256, i = 4 * int(threadIdx.x);
    cp_async16(tile + i, in + begin + i);
    cp_async_commit();
    if (!broken) cp_async_wait<0>();
    for (int k = 0; k < 4; k++) out[begin + i + k] = tile[i + k];
    if (broken) cp_async_wait<0>();
}
TWINS(read_before_wait);

// out = in, reversed in each block. A wait is for the thread's own copies: for those of others it takes a barrier too.
template <bool broken>
__device__ __forceinline__ void wait_without_barrier_body(const float *in, float *out, int n) {
    SHARED(float, tile, 256);
    clear(tile);
    int begin = int(blockIdx.x) * 256, i = 4 * int(threadIdx.x);
    cp_async16(tile + i, in + begin + i);
    cp_async_commit();
    cp_async_wait<0>();
    if (!broken) __syncthreads();
    for (int k = 0; k < 4; k++) out[begin + i + k] = tile[255 - i - k];
}
TWINS(wait_without_barrier);

// out = in, reversed in each block, by four copies of a quarter through two stages; the broken one waits for a group too few.
template <bool broken>
__device__ __forceinline__ void wait_too_weak_body(const float *in, float *out, int n) {
    SHARED(float, stages, 128);
    int begin = int(blockIdx.x) * 256, i = int(threadIdx.x);
    auto load = [&](int quarter) {
        if (quarter < 4) cp_async4_zfill(stages + quarter % 2 * 64 + i, in + begin + 64 * quarter + i, true);
        cp_async_commit();
    };
    load(0);
    for (int quarter = 0; quarter < 4; quarter++) {
        load(quarter + 1);
        cp_async_wait<broken ? 2 : 1>();
        __syncthreads();
        out[begin + 255 - 64 * quarter - i] = stages[quarter % 2 * 64 + i];
        __syncthreads();
    }
    cp_async_wait<0>();
}
TWINS(wait_too_weak);

// The same; the broken one lets a stage be overwritten that others still read.
template <bool broken>
__device__ __forceinline__ void stage_reused_body(const float *in, float *out, int n) {
    SHARED(float, stages, 128);
    int begin = int(blockIdx.x) * 256, i = int(threadIdx.x);
    auto load = [&](int quarter) {
        if (quarter < 4) cp_async4_zfill(stages + quarter % 2 * 64 + i, in + begin + 64 * quarter + i, true);
        cp_async_commit();
    };
    load(0);
    for (int quarter = 0; quarter < 4; quarter++) {
        load(quarter + 1);
        cp_async_wait<1>();
        __syncthreads();
        out[begin + 255 - 64 * quarter - (63 - i)] = stages[quarter % 2 * 64 + 63 - i];
        if (!broken) __syncthreads();
    }
}
TWINS(stage_reused);

// out = in; the broken one returns while its second copy is under way.
template <bool broken>
__device__ __forceinline__ void never_waited_body(const float *in, float *out, int n) {
    SHARED(float, tile, 512);
    int begin = int(blockIdx.x) * 256, i = 4 * int(threadIdx.x);
    cp_async16(tile + i, in + begin + i);
    cp_async_commit();
    cp_async16(tile + 256 + i, in + begin + i);
    cp_async_commit();
    cp_async_wait<broken ? 1 : 0>();
    for (int k = 0; k < 4; k++) out[begin + i + k] = tile[i + k];
}
TWINS(never_waited);
