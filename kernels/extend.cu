#include "memory.cuh"
#include "random.cuh"

constexpr unsigned extended_chunk = 1024;  // elements of a sample, as in extend.go

// The definition is in extend.go. A sample has chunks_of_sample of the chunks; every thread draws anew how far its sample is extended.
extern "C" __global__ void __launch_bounds__(threads)
    extend(const float *input, float *output, const scalars *step, unsigned chunks, unsigned chunks_of_sample, unsigned height, unsigned width,
           unsigned channels, unsigned most, float share, uint64_t seed, unsigned stream) {
    unsigned elements = height * width * channels;
    for (unsigned task = blockIdx.x; task < chunks; task += gridDim.x) {
        unsigned sample = task / chunks_of_sample, begin = (task - sample * chunks_of_sample) * extended_chunk;
        unsigned end = min(begin + extended_chunk, elements);
        uint4 words = philox(0, sample, step->step, stream, seed);
        bool extended = uniform(words.z) < share;
        unsigned last_row = height - 1 - (extended ? below(words.x, most + 1) : 0);
        unsigned last_column = width - 1 - (extended ? below(words.y, most + 1) : 0);
        const float *from = input + static_cast<uint64_t>(sample) * elements;
        float *to = output + static_cast<uint64_t>(sample) * elements;
        for (unsigned e = begin + threadIdx.x; e < end; e += threads) {
            unsigned position = e / channels, c = e - position * channels, y = position / width, x = position - y * width;
            to[e] = from[(min(y, last_row) * width + min(x, last_column)) * channels + c];
        }
    }
}
KERNEL(extend);
