#include "memory.cuh"
#include "samplers.cuh"

// The definition is in curve.go. Elements are mapped one by one: a root or a logarithm costs more than its load.
extern "C" __global__ void __launch_bounds__(threads)
    curve(const float *input, const float *first, const float *second, float *output, uint64_t elements, int form, float a, float b, float d, float slope,
          float level) {
    for (uint64_t begin = static_cast<uint64_t>(blockIdx.x) * chunk; begin < elements; begin += static_cast<uint64_t>(gridDim.x) * chunk) {
        unsigned end = length_of_chunk(begin, elements, chunk);
        for (unsigned i = threadIdx.x; i < end; i += threads) {
            float t = input[begin + i], u = t + b, value;
            switch (t < 0.0f ? -1 : form) {
            case -1: value = slope * t + level; break;
            case 0:
                u = 1.0f + b * t;
                value = a * (u <= 3.402823466e38f ? sampler_logarithm(u) : u);
                break;
            case 1: value = __fdiv_rn(a * t, __fsqrt_rn(u) + d); break;
            case 2: {
                float exponent = b * t;
                value = a * sampler_exponential(exponent > 80.0f ? 80.0f : exponent) + d;
                break;
            }
            case 3: value = (a * t + b) * t + d; break;
            case 4: value = __fdiv_rn(a, u); break;
            case 5: value = __fdiv_rn(a, u * u); break;
            case 6: value = __fdiv_rn(a, __fsqrt_rn(u)); break;
            case 7: value = __fdiv_rn(a, u * __fsqrt_rn(u)); break;
            default: value = not_a_number();
            }
            if (first) value *= first[begin + i];
            if (second) value *= second[begin + i];
            output[begin + i] = value;
        }
    }
}
KERNEL(curve);
