#include "memory.cuh"
#include "samplers.cuh"

constexpr unsigned observed_chunk = 1024;  // elements of a sample, as in observe.go

// The definition is in observe.go. A sample has chunks_of_sample of the chunks. A thread draws one element at a time, three quarters of its words unused:
// neighbours take different numbers of rounds, and sharing words would cost more than drawing them.
extern "C" __global__ void __launch_bounds__(threads)
    observe(const float *clean, float *noisy, const float *conditions, const scalars *step, unsigned chunks, unsigned chunks_of_sample, unsigned elements,
            uint64_t seed, unsigned stream) {
    for (unsigned task = blockIdx.x; task < chunks; task += gridDim.x) {
        unsigned sample = task / chunks_of_sample, begin = (task - sample * chunks_of_sample) * observed_chunk;
        unsigned end = begin + min(observed_chunk, elements - begin);
        const float *condition = conditions + 3 * static_cast<uint64_t>(sample);
        float number = condition[0], first = condition[1], second = condition[2];
        int model = number >= 0.0f && number <= 255.0f && floorf(number) == number ? static_cast<int>(number) : -1;
        uint64_t at = static_cast<uint64_t>(sample) * elements;
        for (unsigned e = begin + threadIdx.x; e < end; e += threads) {
            words w = {seed, e / 4, e % 4, sample, step->step, stream, 0};
            noisy[at + e] = sampled(clean[at + e], model, first, second, w);
        }
    }
}
KERNEL(observe);
