// The walk of the losses: a sum over each chunk of each sample, with the gradient, which mse.cu and l1.cu give their meaning.
#pragma once
#include "sum.cuh"

// partial[chunk] = sum of term(denoised - clean) over the chunk; gradient = slope(denoised - clean) unless null. A sample has chunks_of_sample of
// the chunks.
template <class Term, class Slope>
__device__ __forceinline__ void loss_chunks(const float *denoised, const float *clean, float *gradient, double *partial, unsigned chunks,
                                            unsigned chunks_of_sample, unsigned elements, int vectors, Term term, Slope slope) {
    for (unsigned index = blockIdx.x; index < chunks; index += gridDim.x) {
        unsigned sample = index / chunks_of_sample, begin = (index - sample * chunks_of_sample) * chunk;
        unsigned end = min(chunk, elements - begin);
        uint64_t at = static_cast<uint64_t>(sample) * elements + begin;
        double sum = 0;
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) {
            float4 a = load4(denoised + at, i, end, vectors), b = load4(clean + at, i, end, vectors);
            float4 difference = make_float4(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w);
            sum += term(difference);
            if (gradient)
                store4(gradient + at, i, end, vectors,
                       make_float4(slope(difference.x), slope(difference.y), slope(difference.z), slope(difference.w)));
        }
        sum = block_sum(sum);
        if (threadIdx.x == 0) partial[index] = sum;
    }
}
