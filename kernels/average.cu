#include "average.cuh"

// An entry of the table, as average.go writes it.
struct average_chunk {
    float *average;
    const float *weight;
    uint64_t elements;
};

// average += rest * (weight - average)
extern "C" __global__ void __launch_bounds__(threads) average(const average_chunk *table, unsigned chunks, const float *rest) {
    for (unsigned index = blockIdx.x; index < chunks; index += gridDim.x) {
        average_chunk at = table[index];
        unsigned end = static_cast<unsigned>(at.elements);
        bool vectors = aligned(at.average, 16) && aligned(at.weight, 16);
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads)
            move_average(at.average, load4(at.weight, i, end, vectors), i, end, vectors, *rest);
    }
}
KERNEL(average);
