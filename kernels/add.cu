#include "memory.cuh"

__device__ __forceinline__ float4 plus(float4 a, float4 b) { return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }

// output[i] = mask[i] > 0 ? first[i] + second[i] + third[i] : 0; second, third and mask may be null. Output may be one of the others.
template <class T>
__device__ __forceinline__ void add(const T *first, const T *second, const T *third, const T *mask, T *output, uint64_t elements,
                                    bool vectors) {
    for (uint64_t begin = static_cast<uint64_t>(blockIdx.x) * chunk; begin < elements; begin += static_cast<uint64_t>(gridDim.x) * chunk) {
        unsigned end = length_of_chunk(begin, elements, chunk);
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) {
            float4 sum = load4(first + begin, i, end, vectors);
            if (second) sum = plus(sum, load4(second + begin, i, end, vectors));
            if (third) sum = plus(sum, load4(third + begin, i, end, vectors));
            if (mask) {
                float4 m = load4(mask + begin, i, end, vectors);
                sum = make_float4(m.x > 0 ? sum.x : 0, m.y > 0 ? sum.y : 0, m.z > 0 ? sum.z : 0, m.w > 0 ? sum.w : 0);
            }
            store4(output + begin, i, end, vectors, sum);
        }
    }
}

extern "C" __global__ void __launch_bounds__(threads)
    add_f32(const float *first, const float *second, const float *third, const float *mask, float *output, uint64_t elements, int vectors) {
    add(first, second, third, mask, output, elements, vectors);
}
KERNEL(add_f32);

extern "C" __global__ void __launch_bounds__(threads)
    add_bf16(const bf16 *first, const bf16 *second, const bf16 *third, const bf16 *mask, bf16 *output, uint64_t elements, int vectors) {
    add(first, second, third, mask, output, elements, vectors);
}
KERNEL(add_bf16);
