#include "average.cuh"

// An entry of the table, as adam.go writes it; average may be null.
struct adam_chunk {
    float *weight;
    const float *gradient;
    float *first, *second, *average;
    uint64_t elements;
};

struct adam_constants {
    float beta1, rest1, beta2, rest2, epsilon;
    float scale, rate, correction;  // of the gradient; learning rate / (1-beta1^t); 1 / (1-beta2^t)
};

__device__ __forceinline__ void update(float &weight, float gradient, float &first, float &second, const adam_constants &c) {
    float g = c.scale * gradient;
    first = c.beta1 * first + c.rest1 * g;
    second = c.beta2 * second + c.rest2 * (g * g);
    weight -= __fdiv_rn(c.rate * first, __fsqrt_rn(second * c.correction) + c.epsilon);
}

// The definition is in adam.go. Without a finite norm only the averages move.
extern "C" __global__ void __launch_bounds__(threads)
    adam(const adam_chunk *table, unsigned chunks, const float *norm, const scalars *step, const float *corrections, const float *rest,
         float beta1, float rest1, float beta2, float rest2, float epsilon, float clip) {
    float length = *norm, towards = rest ? *rest : 0.0f;
    bool finite = length - length == 0.0f;
    float scale = clip > 0.0f && length > clip ? __fdiv_rn(clip, length) : 1.0f;
    adam_constants c = {beta1, rest1, beta2, rest2, epsilon, scale, step->learning_rate * corrections[0], corrections[1]};
    for (unsigned index = blockIdx.x; index < chunks; index += gridDim.x) {
        adam_chunk at = table[index];
        unsigned end = static_cast<unsigned>(at.elements);
        bool vectors = aligned(at.weight, 16) && aligned(at.gradient, 16) && aligned(at.first, 16) && aligned(at.second, 16) &&
                       aligned(at.average, 16);
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) {
            float4 weight = load4(at.weight, i, end, vectors);
            if (finite) {
                float4 gradient = load4(at.gradient, i, end, vectors);
                float4 first = load4(at.first, i, end, vectors), second = load4(at.second, i, end, vectors);
                update(weight.x, gradient.x, first.x, second.x, c);
                update(weight.y, gradient.y, first.y, second.y, c);
                update(weight.z, gradient.z, first.z, second.z, c);
                update(weight.w, gradient.w, first.w, second.w, c);
                store4(at.first, i, end, vectors, first);
                store4(at.second, i, end, vectors, second);
                store4(at.weight, i, end, vectors, weight);
            }
            if (at.average) move_average(at.average, weight, i, end, vectors, towards);
        }
    }
}
KERNEL(adam);
