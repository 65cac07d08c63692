// Accesses outside of what there is.
#include "twins.cuh"

// out = 2 in; the broken one writes a whole block where the last is a part.
template <bool broken>
__device__ __forceinline__ void write_past_end_body(const float *in, float *out, int n) {
    int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    float value = i < n ? in[i] : 0.0f;
    if (broken || i < n) out[i] = 2.0f * value;
}
TWINS(write_past_end);

// out[i] = in[i] + in[i + 1], with 0 past the end
template <bool broken>
__device__ __forceinline__ void read_past_end_body(const float *in, float *out, int n) {
    int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < n) out[i] = in[i] + (broken || i + 1 < n ? in[i + 1] : 0.0f);
}
TWINS(read_past_end);

// out = in, reversed in each block; the broken tile is too short by one.
template <bool broken>
__device__ __forceinline__ void shared_bounds_body(const float *in, float *out, int n) {
    SHARED(float, tile, broken ? 63 : 64);
    int i = int(threadIdx.x), begin = int(blockIdx.x) * 64;
    tile[i] = in[begin + i];
    __syncthreads();
    out[begin + i] = tile[63 - i];
}
TWINS(shared_bounds);

// out = 2 in by vectors of four and, for the last n % 4, singly; the broken one rounds the number of vectors up.
template <bool broken>
__device__ __forceinline__ void tail_body(const float *in, float *out, int n) {
    int i = int(blockIdx.x * blockDim.x + threadIdx.x), vectors = broken ? (n + 3) / 4 : n / 4;
    if (i < vectors) {
        float4 x = reinterpret_cast<const float4 *>(in)[i];
        reinterpret_cast<float4 *>(out)[i] = make_float4(2.0f * x.x, 2.0f * x.y, 2.0f * x.z, 2.0f * x.w);
    } else if (4 * vectors + i - vectors < n) {
        int k = 4 * vectors + i - vectors;
        out[k] = 2.0f * in[k];
    }
}
TWINS(tail);

// Sums of each 3x3 neighbourhood in an image of 13 columns, 0 outside. The broken one lets x be one too large: the next row's first pixel
// is added, which is within the memory until the last row.
template <bool broken>
__device__ __forceinline__ void border_body(const float *in, float *out, int n) {
    const int width = 13, height = n / width;
    int i = int(blockIdx.x * blockDim.x + threadIdx.x), x = i % width, y = i / width;
    if (i >= n) return;
    float sum = 0.0f;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            if (y + dy >= 0 && y + dy < height && x + dx >= 0 && (x + dx < width || (broken && y + dy < height - 1)))
                sum += in[i + dy * width + dx];
    out[i] = sum;
}
TWINS(border);
