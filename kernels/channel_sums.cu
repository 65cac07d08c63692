// The sum of each channel over all pixels.
#include "convolution.cuh"

// Block (x, y) adds the pixels of slice x for 32 channels: group g of its 8 every eighth pixel, then the groups in order.
template <class T>
__device__ __forceinline__ void channel_sums(const T *input, float *partial, unsigned pixels, unsigned channels, unsigned each) {
    SHARED(float, sums, 256);
    const unsigned lane = threadIdx.x % 32, group = threadIdx.x / 32, channel = blockIdx.y * 32 + lane;
    const unsigned begin = blockIdx.x * each, end = min(pixels - begin, each) + begin;
    float sum = 0;
    if (channel < channels)
        #pragma unroll 4
        for (unsigned pixel = begin + group; pixel < end; pixel += 8) sum += to_float(input[size_t(pixel) * channels + channel]);
    sums[threadIdx.x] = sum;
    __syncthreads();
    if (group > 0 || channel >= channels) return;
    for (int g = 1; g < 8; g++) sum += sums[g * 32 + lane];
    partial[size_t(blockIdx.x) * channels + channel] = sum;
}

extern "C" __global__ void __launch_bounds__(256)
    channel_sums_f32(const float *input, float *partial, unsigned pixels, unsigned channels, unsigned each) {
    channel_sums(input, partial, pixels, channels, each);
}
KERNEL(channel_sums_f32);

extern "C" __global__ void __launch_bounds__(256)
    channel_sums_bf16(const bf16 *input, float *partial, unsigned pixels, unsigned channels, unsigned each) {
    channel_sums(input, partial, pixels, channels, each);
}
KERNEL(channel_sums_bf16);
