#include "memory.cuh"

// output[p, c] = c < inputs ? input[p, c] : 0 for c < outputs. A chunk's first position is found in 64 bits, the rest from there in 32.
template <class T>
__device__ __forceinline__ void channels(const T *input, T *output, uint64_t elements, unsigned inputs, unsigned outputs) {
    for (uint64_t begin = static_cast<uint64_t>(blockIdx.x) * chunk; begin < elements; begin += static_cast<uint64_t>(gridDim.x) * chunk) {
        unsigned end = length_of_chunk(begin, elements, chunk);
        uint64_t position = begin / outputs;
        unsigned skipped = static_cast<unsigned>(begin - position * outputs);
        for (unsigned i = threadIdx.x; i < end; i += threads) {
            unsigned p = (skipped + i) / outputs, c = skipped + i - p * outputs;
            if (c < inputs)
                output[begin + i] = input[(position + p) * inputs + c];
            else
                store(output + begin + i, 0.0f);
        }
    }
}

extern "C" __global__ void __launch_bounds__(threads)
    channels_f32(const float *input, float *output, uint64_t elements, unsigned inputs, unsigned outputs) {
    channels(input, output, elements, inputs, outputs);
}
KERNEL(channels_f32);

extern "C" __global__ void __launch_bounds__(threads)
    channels_bf16(const bf16 *input, bf16 *output, uint64_t elements, unsigned inputs, unsigned outputs) {
    channels(input, output, elements, inputs, outputs);
}
KERNEL(channels_bf16);
