#include "memory.cuh"
#include "samplers.cuh"

// The definition is in precondition.go; results may be null.
extern "C" __global__ void __launch_bounds__(threads)
    precondition(const float *levels, float *skip, float *out, float *in, float *noise, float *weight, unsigned samples, float d, float least,
                 const float *variances, unsigned axes) {
    for (unsigned n = blockIdx.x * threads + threadIdx.x; n < samples; n += gridDim.x * threads) {
        float level = levels[n], s = level < least ? least : level;  // NaN stays
        if (noise) noise[n] = s != s ? s : 0.25f * sampler_logarithm(s);
        if (variances) {
            float square = s * s, sum = 0;
            size_t at = (size_t)n * axes;
            for (unsigned axis = 0; axis < axes; axis++) {
                float share = __fdiv_rn(variances[axis], square + variances[axis]);
                if (skip) skip[at + axis] = share;
                if (out) out[at + axis] = s * __fsqrt_rn(share);
                sum += square * share;
            }
            if (weight) weight[n] = __fdiv_rn((float)axes, sum);
            if (in)  // by itself, as each division is a call that keeps registers
                for (unsigned axis = 0; axis < axes; axis++) in[at + axis] = __fdiv_rn(1.0f, __fsqrt_rn(square + variances[axis]));
            continue;
        }
        float total = s * s + d * d, root = __fsqrt_rn(total), product = s * d;
        if (skip) skip[n] = __fdiv_rn(d * d, total);
        if (out) out[n] = __fdiv_rn(product, root);
        if (in) in[n] = __fdiv_rn(1.0f, root);
        if (weight) weight[n] = __fdiv_rn(total, product * product);
    }
}
KERNEL(precondition);
