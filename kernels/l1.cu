#include "loss.cuh"

__device__ __forceinline__ double magnitude(float value) { return fabs(static_cast<double>(value)); }

// The sum of the differences' magnitudes of each chunk, and the gradient = scale * sign(difference) unless null, where 0 and NaN stay. A sample has
// chunks_of_sample of the chunks.
extern "C" __global__ void __launch_bounds__(threads)
    l1_chunks(const float *denoised, const float *clean, float *gradient, double *partial, unsigned chunks, unsigned chunks_of_sample,
              unsigned elements, float scale, int vectors) {
    loss_chunks(
        denoised, clean, gradient, partial, chunks, chunks_of_sample, elements, vectors,
        [](float4 d) { return (magnitude(d.x) + magnitude(d.y)) + (magnitude(d.z) + magnitude(d.w)); },
        [scale](float difference) { return difference > 0 ? scale : difference < 0 ? -scale : difference; });
}
KERNEL(l1_chunks);

// losses[sample] = sum of its chunks / elements, a block for each sample
extern "C" __global__ void __launch_bounds__(threads)
    l1_losses(const double *partial, float *losses, unsigned chunks_of_sample, unsigned elements) {
    double sum = block_sum(thread_sum(partial + static_cast<uint64_t>(blockIdx.x) * chunks_of_sample, chunks_of_sample));
    if (threadIdx.x == 0) losses[blockIdx.x] = static_cast<float>(sum / elements);
}
KERNEL(l1_losses);
