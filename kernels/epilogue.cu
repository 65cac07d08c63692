// What follows the sums of a convolution, as a pass of its own, for sums that a library computed.
#include "convolution.cuh"
#include "memory.cuh"

// Each thread finishes four neighbouring elements at a time. Sums may lie where the output does, in its type.
template <class T> __device__ __forceinline__ void finish_sums(const T *sums, convolution_epilogue e, uint64_t elements, int channels) {
    const float *bias = e.bias;
    e.bias = nullptr;
    for (uint64_t begin = uint64_t(blockIdx.x) * chunk; begin < elements; begin += uint64_t(gridDim.x) * chunk) {
        const unsigned end = length_of_chunk(begin, elements, chunk), first = unsigned(begin % unsigned(channels));
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) {
            const int count = int(min(end - i, 4u));
            const bool whole = count == 4;
            float value[4];
            load_some(value, sums + begin + i, count, whole);
            if (bias) {
                unsigned channel = (first + i) % unsigned(channels);
                #pragma unroll
                for (int k = 0; k < 4; k++) {
                    value[k] += bias[channel];
                    if (++channel == unsigned(channels)) channel = 0;
                }
            }
            if (e.bfloat16)
                finish_as<4, bf16>(e, begin + i, 0, count, whole, value);
            else
                finish_as<4, float>(e, begin + i, 0, count, whole, value);
        }
    }
}

extern "C" __global__ void __launch_bounds__(threads)
    epilogue_f32(const float *sums, convolution_epilogue e, uint64_t elements, int channels) {
    finish_sums(sums, e, elements, channels);
}
KERNEL(epilogue_f32);

extern "C" __global__ void __launch_bounds__(threads)
    epilogue_bf16(const bf16 *sums, convolution_epilogue e, uint64_t elements, int channels) {
    finish_sums(sums, e, elements, channels);
}
KERNEL(epilogue_bf16);
