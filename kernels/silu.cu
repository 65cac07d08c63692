#include "memory.cuh"

// exp(-a) of a >= 0, 0 above 87: with n = floor(a / ln 2 + 1/2) and r = n ln 2 - a it is 2^-n (1 + r + r^2 P(r)), with package noise's P.
__device__ __forceinline__ float decay(float a) {
    float c = a < 87.0f ? a : 87.0f;  // NaN too, whose result is multiplied by it
    int n = static_cast<int>(c * 1.44269504f + 0.5f);
    float whole = static_cast<float>(n), r = whole * 0.693359375f - c;
    r -= whole * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    return a <= 87.0f ? p * __uint_as_float(static_cast<unsigned>(127 - n) << 23) : 0.0f;
}

__device__ __forceinline__ float silu_value(float x, int order) {
    float t = decay(fabsf(x)), large = __fdiv_rn(1.0f, 1.0f + t), small = __fdiv_rn(t, 1.0f + t);
    float s = x < 0.0f ? small : large, rest = x < 0.0f ? large : small;  // s(x) and s(-x)
    if (order == 0) return x * s;
    if (order == 1) return s * (1.0f + x * rest);
    return s * rest * (2.0f + x * (rest - s));
}

__device__ __forceinline__ float4 times(float4 a, float4 b) { return make_float4(a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w); }

// output[i] = f^(order)(input[i]) * first[i] * second[i] for f(x) = x / (1 + exp(-x)); first and second may be null.
template <class T>
__device__ __forceinline__ void silu(const T *input, const T *first, const T *second, T *output, uint64_t elements, int order, bool vectors) {
    for (uint64_t begin = static_cast<uint64_t>(blockIdx.x) * chunk; begin < elements; begin += static_cast<uint64_t>(gridDim.x) * chunk) {
        unsigned end = length_of_chunk(begin, elements, chunk);
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) {
            float4 x = load4(input + begin, i, end, vectors);
            float4 value = make_float4(silu_value(x.x, order), silu_value(x.y, order), silu_value(x.z, order), silu_value(x.w, order));
            if (first) value = times(value, load4(first + begin, i, end, vectors));
            if (second) value = times(value, load4(second + begin, i, end, vectors));
            store4(output + begin, i, end, vectors, value);
        }
    }
}

extern "C" __global__ void __launch_bounds__(threads)
    silu_f32(const float *input, const float *first, const float *second, float *output, uint64_t elements, int order, int vectors) {
    silu(input, first, second, output, elements, order, vectors);
}
KERNEL(silu_f32);

extern "C" __global__ void __launch_bounds__(threads)
    silu_bf16(const bf16 *input, const bf16 *first, const bf16 *second, bf16 *output, uint64_t elements, int order, int vectors) {
    silu(input, first, second, output, elements, order, vectors);
}
KERNEL(silu_bf16);
