// Kernels whose results are known.
#include "device.cuh"

// out[i] of the i-th thread of the i-th block, counted with x fastest, is its indices as digits.
extern "C" __global__ void known_indices(unsigned *out) {
    unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    out[block * (blockDim.x * blockDim.y * blockDim.z) + thread] =
        ((((blockIdx.x * 10 + blockIdx.y) * 10 + blockIdx.z) * 10 + threadIdx.x) * 10 + threadIdx.y) * 10 + threadIdx.z;
}
KERNEL(known_indices);

// Five results a lane: from lane 9 of each eight, from 3 below in its eight, from 5 above in its half, from lane^17, and the votes for
// multiples of 3.
extern "C" __global__ void known_shuffles(const float *in, float *out, unsigned *votes) {
    int i = int(threadIdx.x), n = int(blockDim.x);
    float value = in[i];
    out[i] = __shfl_sync(0xffffffffu, value, 9, 8);
    out[n + i] = __shfl_up_sync(0xffffffffu, value, 3, 8);
    out[2 * n + i] = __shfl_down_sync(0xffffffffu, value, 5, 16);
    out[3 * n + i] = __shfl_xor_sync(0xffffffffu, value, 17);
    votes[i] = __ballot_sync(0xffffffffu, i % 3 == 0);
}
KERNEL(known_shuffles);

// Sums of the first i+1 elements (Hillis & Steele 1986), in dynamic shared memory.
extern "C" __global__ void known_prefix_sums(const int *in, int *out) {
    DYNAMIC_SHARED(int, sums);
    int i = int(threadIdx.x), n = int(blockDim.x);
    sums[i] = in[i];
    __syncthreads();
    for (int distance = 1; distance < n; distance *= 2) {
        int below = i >= distance ? sums[i - distance] : 0;
        __syncthreads();
        sums[i] += below;
        __syncthreads();
    }
    out[i] = sums[i];
}
KERNEL(known_prefix_sums);

// counts[0] counts the threads, counts[1] collects a bit for each warp, counts[2] the largest index.
extern "C" __global__ void known_atomics(unsigned *counts) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    atomicAdd(counts, 1u);
    atomicOr(counts + 1, 1u << i / 32 % 32);
    atomicMax(counts + 2, i);
}
KERNEL(known_atomics);

// 64 values, zero where i is odd, then all 64, in two groups.
extern "C" __global__ void known_async_copies(const float *in, float *out) {
    SHARED(float, tile, 128);
    int i = int(threadIdx.x);
    cp_async4_zfill(tile + i, in + i, i % 2 == 0);
    cp_async_commit();
    cp_async4_zfill(tile + 64 + i, in + i, true);
    cp_async_commit();
    cp_async_wait<1>();
    out[i] = tile[i];
    cp_async_wait<0>();
    out[64 + i] = tile[64 + i];
}
KERNEL(known_async_copies);

// Two arrays of one line in two instances of a function, and one that is reached twice.
template <int size>
__device__ __forceinline__ float *instance() {
    SHARED(float, values, size);
    return values;
}
extern "C" __global__ void known_shared_arrays(int *differ) {
    bool same = instance<32>() == instance<32>();
    if (threadIdx.x == 0) *differ = same && instance<32>() + 32 <= instance<64>() ? 1 : 0;
}
KERNEL(known_shared_arrays);

struct known_values {
    char first;
    double second;
    float third[3];
};

extern "C" __global__ void known_parameters(double *out, char a, known_values values, short b, long long c) {
    if (threadIdx.x != 0) return;
    out[0] = a;
    out[1] = values.first;
    out[2] = values.second;
    out[3] = double(values.third[2]);
    out[4] = b;
    out[5] = double(c);
}
KERNEL(known_parameters);

// A store of one byte, which the check build refuses.
extern "C" __global__ void known_byte_store(unsigned char *out) { out[threadIdx.x] = 1; }
KERNEL(known_byte_store);
extern const int known_byte_store_line = __LINE__ - 2;

// A variable of one thread through the pointer of another.
extern "C" __global__ void known_stack_access(float *out) {
    SHARED(float *, pointers, 32);
    float mine[4] = {float(threadIdx.x), 1.0f, 2.0f, 3.0f};
    pointers[threadIdx.x] = mine;
    __syncthreads();
    out[threadIdx.x] = pointers[threadIdx.x ^ 1][threadIdx.x % 4];
    __syncthreads();
}
KERNEL(known_stack_access);

// Three loads of 32 rows: 128 bytes apart, so that the eight of each tile meet in one bank; the same row for all; side by side.
extern "C" __global__ void known_bank_conflicts(unsigned *out) {
    SHARED(uint4, tile, 256);
    int lane = int(threadIdx.x);
    for (int i = 0; i < 8; i++) tile[8 * lane + i] = make_uint4(1, 1, 1, 1);
    __syncwarp();
    uint32_t a[4], b[4], c[4];
    ldmatrix_x4(a, tile + 8 * lane);
    ldmatrix_x4(b, tile);
    ldmatrix_x4(c, tile + lane);
    out[lane] = a[0] + b[1] + c[2];
}
KERNEL(known_bank_conflicts);
