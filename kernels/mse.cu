#include "sum.cuh"

// The sum of squared differences of each chunk, and the gradient = scale * difference unless null. A sample has chunks_of_sample of the chunks.
extern "C" __global__ void __launch_bounds__(threads)
    mse_chunks(const float *denoised, const float *clean, float *gradient, double *partial, unsigned chunks, unsigned chunks_of_sample,
               unsigned elements, float scale, int vectors) {
    for (unsigned index = blockIdx.x; index < chunks; index += gridDim.x) {
        unsigned sample = index / chunks_of_sample, begin = (index - sample * chunks_of_sample) * chunk;
        unsigned end = min(chunk, elements - begin);
        uint64_t at = static_cast<uint64_t>(sample) * elements + begin;
        double sum = 0;
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) {
            float4 a = load4(denoised + at, i, end, vectors), b = load4(clean + at, i, end, vectors);
            float4 difference = make_float4(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w);
            sum += squares(difference);
            if (gradient)
                store4(gradient + at, i, end, vectors,
                       make_float4(scale * difference.x, scale * difference.y, scale * difference.z, scale * difference.w));
        }
        sum = block_sum(sum);
        if (threadIdx.x == 0) partial[index] = sum;
    }
}
KERNEL(mse_chunks);

// losses[sample] = sum of its chunks / elements, a block for each sample
extern "C" __global__ void __launch_bounds__(threads)
    mse_losses(const double *partial, float *losses, unsigned chunks_of_sample, unsigned elements) {
    double sum = block_sum(thread_sum(partial + static_cast<uint64_t>(blockIdx.x) * chunks_of_sample, chunks_of_sample));
    if (threadIdx.x == 0) losses[blockIdx.x] = static_cast<float>(sum / elements);
}
KERNEL(mse_losses);
