#include "memory.cuh"
#include "samplers.cuh"

// The definition is in precondition.go; results may be null.
extern "C" __global__ void __launch_bounds__(threads)
    precondition(const float *levels, float *skip, float *out, float *in, float *noise, float *weight, unsigned samples, float d, float least) {
    for (unsigned n = blockIdx.x * threads + threadIdx.x; n < samples; n += gridDim.x * threads) {
        float level = levels[n], s = level < least ? least : level;  // NaN stays
        float total = s * s + d * d, root = __fsqrt_rn(total), product = s * d;
        if (skip) skip[n] = __fdiv_rn(d * d, total);
        if (out) out[n] = __fdiv_rn(product, root);
        if (in) in[n] = __fdiv_rn(1.0f, root);
        if (noise) noise[n] = s != s ? s : 0.25f * sampler_logarithm(s);
        if (weight) weight[n] = __fdiv_rn(total, product * product);
    }
}
KERNEL(precondition);
