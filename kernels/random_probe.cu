#include "memory.cuh"
#include "samplers.cuh"

constexpr unsigned probe_chunk = 4 * threads;  // elements of a sample, as in random_probe.go

__device__ __forceinline__ float sign(unsigned word) { return word >> 31 ? -1.0f : 1.0f; }

// The definition is in random_probe.go. A sample has chunks_of_sample of the chunks.
extern "C" __global__ void __launch_bounds__(threads)
    random_probe(float *output, const scalars *step, unsigned chunks, unsigned chunks_of_sample, unsigned elements, int normal, uint64_t seed,
                 unsigned stream, int vectors) {
    for (unsigned index = blockIdx.x; index < chunks; index += gridDim.x) {
        unsigned sample = index / chunks_of_sample, begin = (index - sample * chunks_of_sample) * probe_chunk;
        unsigned end = min(probe_chunk, elements - begin);
        float *to = output + static_cast<uint64_t>(sample) * elements + begin;
        if (normal) {
            for (unsigned e = threadIdx.x; e < end; e += threads) {
                words w = {seed, (begin + e) / 4, (begin + e) % 4, sample, step->step, stream, 0};
                to[e] = sampler_normal(w);
            }
            continue;
        }
        unsigned i = 4 * threadIdx.x;
        if (i >= end) continue;
        uint4 four = philox((begin + i) / 4, sample, step->step, stream, seed);
        store4(to, i, end, vectors, make_float4(sign(four.x), sign(four.y), sign(four.z), sign(four.w)));
    }
}
KERNEL(random_probe);
