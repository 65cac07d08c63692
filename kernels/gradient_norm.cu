#include "sum.cuh"

// An entry of the table, as gradient_norm.go writes it.
struct gradient_chunk {
    const float *gradient;
    uint64_t elements;
};

// The sum of squares of each chunk.
extern "C" __global__ void __launch_bounds__(threads) gradient_norm_chunks(const gradient_chunk *table, double *partial, unsigned chunks) {
    for (unsigned index = blockIdx.x; index < chunks; index += gridDim.x) {
        const float *gradient = table[index].gradient;
        unsigned end = static_cast<unsigned>(table[index].elements);
        bool vectors = aligned(gradient, 16);
        double sum = 0;
        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) sum += squares(load4(gradient, i, end, vectors));
        sum = block_sum(sum);
        if (threadIdx.x == 0) partial[index] = sum;
    }
}
KERNEL(gradient_norm_chunks);

// norm = sqrt(sum of the chunks), by one block
extern "C" __global__ void __launch_bounds__(threads) gradient_norm(const double *partial, float *norm, unsigned chunks) {
    double sum = block_sum(thread_sum(partial, chunks));
    if (threadIdx.x == 0) *norm = static_cast<float>(sqrt(sum));
}
KERNEL(gradient_norm);
