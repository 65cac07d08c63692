#include "memory.cuh"
#include "random.cuh"

constexpr unsigned noise_chunk = 4 * threads;  // elements of a sample, as in add_noise.go

// The definition is in add_noise.go: span is to - from. A sample has chunks_of_sample of the chunks, each of which draws the level again if it is
// to be drawn; the first one keeps it.
extern "C" __global__ void __launch_bounds__(threads)
    add_noise(const float *clean, float *noisy, float *levels, const scalars *step, unsigned chunks, unsigned chunks_of_sample, unsigned elements,
              int draw, float from, float span, uint64_t seed, unsigned noise_stream, unsigned level_stream, int vectors) {
    SHARED(float, level, 1);
    for (unsigned index = blockIdx.x; index < chunks; index += gridDim.x) {
        unsigned sample = index / chunks_of_sample, begin = (index - sample * chunks_of_sample) * noise_chunk;
        unsigned end = min(noise_chunk, elements - begin);
        uint64_t at = static_cast<uint64_t>(sample) * elements + begin;
        unsigned i = 4 * threadIdx.x;
        if (threadIdx.x == 0) {
            *level = draw ? from + span * uniform(philox(0, sample, step->step, level_stream, seed).x) : levels[sample];
            if (draw && begin == 0) levels[sample] = *level;
        }
        float4 normal = normals(philox((begin + i) / 4, sample, step->step, noise_stream, seed));
        __syncthreads();
        if (i < end) {
            float4 value = load4(clean + at, i, end, vectors);
            value.x += *level * normal.x;
            value.y += *level * normal.y;
            value.z += *level * normal.z;
            value.w += *level * normal.w;
            store4(noisy + at, i, end, vectors, value);
        }
        __syncthreads();
    }
}
KERNEL(add_noise);
