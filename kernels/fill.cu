#include "memory.cuh"

// array[i] = value
template <class T> __device__ __forceinline__ void fill(T *array, uint64_t elements, float value, bool vectors) {
    float4 values = make_float4(value, value, value, value);
    for (uint64_t begin = static_cast<uint64_t>(blockIdx.x) * chunk; begin < elements; begin += static_cast<uint64_t>(gridDim.x) * chunk) {
        unsigned end = length_of_chunk(begin, elements, chunk);
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) store4(array + begin, i, end, vectors, values);
    }
}

extern "C" __global__ void __launch_bounds__(threads) fill_f32(float *array, uint64_t elements, float value, int vectors) {
    fill(array, elements, value, vectors);
}
KERNEL(fill_f32);

extern "C" __global__ void __launch_bounds__(threads) fill_bf16(bf16 *array, uint64_t elements, float value, int vectors) {
    fill(array, elements, value, vectors);
}
KERNEL(fill_bf16);
