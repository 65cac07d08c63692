#include "memory.cuh"
#include "samplers.cuh"

constexpr int most_components = 8;  // as in package noise

// A range of a parameter, as draw_conditions.go writes it: origin and span are those of the logarithm if it is logarithmic.
struct parameter_range {
    float from, to, origin, span;
    int logarithmic;
};

struct components {
    int count;
    int model[most_components];
    float until[most_components];
    parameter_range ranges[most_components][2];
};

__device__ __forceinline__ float value_at(const parameter_range &r, float u) {
    if (r.from == r.to) return r.from;
    float value = r.origin + r.span * u;
    return r.logarithmic ? fminf(fmaxf(sampler_exponential(value), r.from), r.to) : value;
}

// The definition is in draw_conditions.go.
extern "C" __global__ void __launch_bounds__(threads)
    draw_conditions(float *conditions, float *levels, const scalars *step, unsigned samples, uint64_t seed, unsigned stream, components list) {
    for (unsigned n = blockIdx.x * threads + threadIdx.x; n < samples; n += gridDim.x * threads) {
        uint4 four = philox(0, n, step->step, stream, seed);
        int chosen = 0;
        while (chosen < list.count - 1 && !(uniform(four.z) < list.until[chosen])) chosen++;
        int model = list.model[chosen];
        float first = value_at(list.ranges[chosen][0], uniform(four.x)), second = value_at(list.ranges[chosen][1], uniform(four.y));
        float *condition = conditions + 3 * static_cast<uint64_t>(n);
        condition[0] = static_cast<float>(model);
        condition[1] = first;
        condition[2] = second;
        levels[n] = noise_level(model, first, second);
    }
}
KERNEL(draw_conditions);
