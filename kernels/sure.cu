#include "samplers.cuh"
#include "sum.cuh"

// What is the same for all elements of a sample.
struct risk {
    float model, first, second, share, factor;
    bool tangent;
};

// element is one element: its term of the loss, in double, and its two gradients. other is the tangent, or the answer to the image displaced to the other side.
__device__ __forceinline__ double element(const risk &r, float denoised, float y, float z, float other, float &gradient, float &other_gradient) {
    float v = stein(r.model, r.first, r.second, y), difference = denoised - y;
    if (r.tangent) {
        float weight = v * z;
        gradient = r.factor * difference, other_gradient = r.factor * weight;
        return square(difference) - static_cast<double>(v) + 2 * (static_cast<double>(weight) * static_cast<double>(other));
    }
    float weight = __fdiv_rn(__fsqrt_rn(fabsf(v)) * z, r.share), opposite = other - y;
    if (v < 0.0f) weight = -weight;
    gradient = 0.5f * r.factor * (difference + weight), other_gradient = 0.5f * r.factor * (opposite - weight);
    return 0.5 * (square(difference) + square(opposite)) - static_cast<double>(v) + static_cast<double>(weight) * static_cast<double>(denoised - other);
}

// The definition is in sure.go; partial[chunk] is the chunk's part of the sum over its sample, which has chunks_of_sample of the chunks.
extern "C" __global__ void __launch_bounds__(threads)
    sure_chunks(const float *denoised, const float *noisy, const float *probe, const float *other, const float *conditions, float *gradient,
                float *other_gradient, double *partial, unsigned chunks, unsigned chunks_of_sample, unsigned elements, int tangent, float share,
                float factor, int vectors) {
    for (unsigned index = blockIdx.x; index < chunks; index += gridDim.x) {
        unsigned sample = index / chunks_of_sample, begin = (index - sample * chunks_of_sample) * chunk;
        unsigned end = min(chunk, elements - begin);
        uint64_t at = static_cast<uint64_t>(sample) * elements + begin;
        const float *condition = conditions + 3 * static_cast<uint64_t>(sample);
        risk r = {condition[0], condition[1], condition[2], share, factor, tangent != 0};
        double sum = 0;
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) {
            float4 a = load4(denoised + at, i, end, vectors), y = load4(noisy + at, i, end, vectors);
            float4 z = load4(probe + at, i, end, vectors), o = load4(other + at, i, end, vectors), g, h;
            sum += element(r, a.x, y.x, z.x, o.x, g.x, h.x);
            double second = element(r, a.y, y.y, z.y, o.y, g.y, h.y), third = element(r, a.z, y.z, z.z, o.z, g.z, h.z);
            double fourth = element(r, a.w, y.w, z.w, o.w, g.w, h.w);
            if (i + 1 < end) sum += second;
            if (i + 2 < end) sum += third;
            if (i + 3 < end) sum += fourth;
            store4(gradient + at, i, end, vectors, g);
            store4(other_gradient + at, i, end, vectors, h);
        }
        sum = block_sum(sum);
        if (threadIdx.x == 0) partial[index] = sum;
    }
}
KERNEL(sure_chunks);

// losses[sample] = sum of its chunks / elements, a block for each sample
extern "C" __global__ void __launch_bounds__(threads)
    sure_losses(const double *partial, float *losses, unsigned chunks_of_sample, unsigned elements) {
    double sum = block_sum(thread_sum(partial + static_cast<uint64_t>(blockIdx.x) * chunks_of_sample, chunks_of_sample));
    if (threadIdx.x == 0) losses[blockIdx.x] = static_cast<float>(sum / elements);
}
KERNEL(sure_losses);
