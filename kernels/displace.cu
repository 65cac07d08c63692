#include "memory.cuh"
#include "samplers.cuh"

__device__ __forceinline__ float displaced_by(float model, float first, float second, float y, float z, float share) {
    return y + share * __fsqrt_rn(fabsf(stein(model, first, second, y))) * z;
}

// The definition is in displace.go. A sample has chunks_of_sample of the chunks; the first chunk of each writes its levels.
extern "C" __global__ void __launch_bounds__(threads)
    displace(const float *noisy, const float *probe, const float *conditions, const float *levels, float *output, float *raised, unsigned chunks,
             unsigned chunks_of_sample, unsigned elements, unsigned samples, float share, int vectors) {
    uint64_t half = static_cast<uint64_t>(samples) * elements;
    for (unsigned index = blockIdx.x; index < chunks; index += gridDim.x) {
        unsigned sample = index / chunks_of_sample, begin = (index - sample * chunks_of_sample) * chunk;
        unsigned end = min(chunk, elements - begin);
        uint64_t at = static_cast<uint64_t>(sample) * elements + begin;
        const float *condition = conditions + 3 * static_cast<uint64_t>(sample);
        float model = condition[0], first = condition[1], second = condition[2];
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) {
            float4 y = load4(noisy + at, i, end, vectors), z = load4(probe + at, i, end, vectors);
            store4(output + at, i, end, vectors,
                   make_float4(displaced_by(model, first, second, y.x, z.x, share), displaced_by(model, first, second, y.y, z.y, share),
                               displaced_by(model, first, second, y.z, z.z, share), displaced_by(model, first, second, y.w, z.w, share)));
            z = make_float4(-z.x, -z.y, -z.z, -z.w);
            store4(output + half + at, i, end, vectors,
                   make_float4(displaced_by(model, first, second, y.x, z.x, share), displaced_by(model, first, second, y.y, z.y, share),
                               displaced_by(model, first, second, y.z, z.z, share), displaced_by(model, first, second, y.w, z.w, share)));
        }
        if (begin == 0 && threadIdx.x == 0) {
            raised[sample] = raised[samples + sample] = levels[sample] * __fsqrt_rn(1.0f + share * share);
        }
    }
}
KERNEL(displace);
