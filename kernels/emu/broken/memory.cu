// Reads of what nobody wrote, and addresses that no device would take.
#include "twins.cuh"

// out = in, reversed in each block; in the broken one a thread forgets its element.
template <bool broken>
__device__ __forceinline__ void uninitialised_shared_body(const float *in, float *out, int n) {
    SHARED(float, tile, 64);
    int i = int(threadIdx.x), begin = int(blockIdx.x) * 64;
    if (!broken || i != 7) tile[i] = in[begin + i];
    __syncthreads();
    out[begin + i] = tile[63 - i];
}
TWINS(uninitialised_shared);

// out = in; the broken one adds to what out holds, which is nothing.
template <bool broken>
__device__ __forceinline__ void uninitialised_global_body(const float *in, float *out, int n) {
    int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= n) return;
    if (broken) out[i] += in[i];
    else out[i] = in[i];
}
TWINS(uninitialised_global);

// out = in by vectors of four; the broken one begins with the second element.
template <bool broken>
__device__ __forceinline__ void misaligned_body(const float *in, float *out, int n) {
    int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    if (4 * i + 4 + (broken ? 1 : 0) > n) return;
    reinterpret_cast<float4 *>(out)[i] = *reinterpret_cast<const float4 *>(in + 4 * i + (broken ? 1 : 0));
}
TWINS(misaligned);
