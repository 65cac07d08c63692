#include "memory.cuh"

// to[i] = from[i], rounded to nearest even where the type is shorter
template <class From, class To> __device__ __forceinline__ void convert(const From *from, To *to, uint64_t elements, bool vectors) {
    for (uint64_t begin = static_cast<uint64_t>(blockIdx.x) * chunk; begin < elements; begin += static_cast<uint64_t>(gridDim.x) * chunk) {
        unsigned end = length_of_chunk(begin, elements, chunk);
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) store4(to + begin, i, end, vectors, load4(from + begin, i, end, vectors));
    }
}

extern "C" __global__ void __launch_bounds__(threads) convert_f32_bf16(const float *from, bf16 *to, uint64_t elements, int vectors) {
    convert(from, to, elements, vectors);
}
KERNEL(convert_f32_bf16);

extern "C" __global__ void __launch_bounds__(threads) convert_bf16_f32(const bf16 *from, float *to, uint64_t elements, int vectors) {
    convert(from, to, elements, vectors);
}
KERNEL(convert_bf16_f32);
