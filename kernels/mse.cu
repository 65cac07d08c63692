#include "loss.cuh"

// The sum of squared differences of each chunk, and the gradient = scale * difference unless null. A sample has chunks_of_sample of the chunks.
extern "C" __global__ void __launch_bounds__(threads)
    mse_chunks(const float *denoised, const float *clean, float *gradient, double *partial, unsigned chunks, unsigned chunks_of_sample,
               unsigned elements, float scale, int vectors) {
    loss_chunks(
        denoised, clean, gradient, partial, chunks, chunks_of_sample, elements, vectors,
        [](float4 difference) { return squares(difference); }, [scale](float difference) { return scale * difference; });
}
KERNEL(mse_chunks);

// losses[sample] = sum of its chunks / elements, a block for each sample
extern "C" __global__ void __launch_bounds__(threads)
    mse_losses(const double *partial, float *losses, unsigned chunks_of_sample, unsigned elements) {
    double sum = block_sum(thread_sum(partial + static_cast<uint64_t>(blockIdx.x) * chunks_of_sample, chunks_of_sample));
    if (threadIdx.x == 0) losses[blockIdx.x] = static_cast<float>(sum / elements);
}
KERNEL(mse_losses);
