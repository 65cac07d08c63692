#include "memory.cuh"

// output[i] = f[n] * first[i] + g[n] * second[i] for the sample n = i / of_sample; g and second may be null. A chunk's first sample is found in 64
// bits, the others from there in 32.
template <class T>
__device__ __forceinline__ void scale_samples(const T *first, const T *second, const float *f, const float *g, T *output, uint64_t elements,
                                              unsigned of_sample) {
    for (uint64_t begin = static_cast<uint64_t>(blockIdx.x) * chunk; begin < elements; begin += static_cast<uint64_t>(gridDim.x) * chunk) {
        unsigned end = length_of_chunk(begin, elements, chunk);
        uint64_t sample = begin / of_sample;
        unsigned skipped = static_cast<unsigned>(begin - sample * of_sample);
        for (unsigned i = threadIdx.x; i < end; i += threads) {
            uint64_t n = sample + (skipped + i) / of_sample;
            float value = f[n] * load(first + begin + i);
            if (second) value += g[n] * load(second + begin + i);
            store(output + begin + i, value);
        }
    }
}

extern "C" __global__ void __launch_bounds__(threads)
    scale_samples_f32(const float *first, const float *second, const float *f, const float *g, float *output, uint64_t elements,
                      unsigned of_sample) {
    scale_samples(first, second, f, g, output, elements, of_sample);
}
KERNEL(scale_samples_f32);

extern "C" __global__ void __launch_bounds__(threads)
    scale_samples_bf16(const bf16 *first, const bf16 *second, const float *f, const float *g, bf16 *output, uint64_t elements,
                       unsigned of_sample) {
    scale_samples(first, second, f, g, output, elements, of_sample);
}
KERNEL(scale_samples_bf16);
