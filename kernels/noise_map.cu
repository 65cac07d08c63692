#include "memory.cuh"

// output[n, p, c] = c < channels ? input[n, p, c] : level[n] for c <= channels and p < positions. A chunk's first position and sample are
// found in 64 bits, the others from there in 32.
template <class T>
__device__ __forceinline__ void noise_map(const T *input, const float *level, T *output, uint64_t elements, unsigned positions,
                                          unsigned channels) {
    unsigned outputs = channels + 1;
    for (uint64_t begin = static_cast<uint64_t>(blockIdx.x) * chunk; begin < elements; begin += static_cast<uint64_t>(gridDim.x) * chunk) {
        unsigned end = length_of_chunk(begin, elements, chunk);
        uint64_t position = begin / outputs, sample = position / positions;
        unsigned skipped = static_cast<unsigned>(begin - position * outputs);
        unsigned in_sample = static_cast<unsigned>(position - sample * positions);
        for (unsigned i = threadIdx.x; i < end; i += threads) {
            unsigned p = (skipped + i) / outputs, c = skipped + i - p * outputs;
            if (c < channels)
                output[begin + i] = input[(position + p) * channels + c];
            else
                store(output + begin + i, level[sample + (in_sample + p) / positions]);
        }
    }
}

extern "C" __global__ void __launch_bounds__(threads)
    noise_map_f32(const float *input, const float *level, float *output, uint64_t elements, unsigned positions, unsigned channels) {
    noise_map(input, level, output, elements, positions, channels);
}
KERNEL(noise_map_f32);

extern "C" __global__ void __launch_bounds__(threads)
    noise_map_bf16(const bf16 *input, const float *level, bf16 *output, uint64_t elements, unsigned positions, unsigned channels) {
    noise_map(input, level, output, elements, positions, channels);
}
KERNEL(noise_map_bf16);
