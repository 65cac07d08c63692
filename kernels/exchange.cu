// Two inner dimensions exchanged.
#include "memory.cuh"

__device__ __forceinline__ uint16_t with_bits_flipped(uint16_t word, uint32_t) { return word; }
__device__ __forceinline__ uint32_t with_bits_flipped(uint32_t word, uint32_t bits) { return word ^ bits; }
__device__ __forceinline__ uint4 with_bits_flipped(uint4 v, uint32_t bits) {
    return make_uint4(v.x ^ bits, v.y ^ bits, v.z ^ bits, v.w ^ bits);
}

// to[row][j][i][:] = from[row][i][j][:], i below first, j below second, over vectors of some length, with some bits of each 32 flipped.
// Grid y takes rows in turn, x the elements of a row, which has less than 2^31.
template <class T>
__device__ __forceinline__ void exchange(const T *from, T *to, unsigned rows, unsigned first, unsigned second, unsigned length,
                                         uint32_t flipped) {
    const unsigned elements = first * second * length;
    for (unsigned row = blockIdx.y; row < rows; row += gridDim.y) {
        const T *source = from + size_t(row) * elements;
        T *target = to + size_t(row) * elements;
        for (unsigned at = blockIdx.x * threads + threadIdx.x; at < elements; at += gridDim.x * threads) {
            const unsigned vector = at / length, in_vector = at - vector * length, j = vector / first, i = vector - j * first;
            target[at] = with_bits_flipped(source[(i * second + j) * length + in_vector], flipped);
        }
    }
}

extern "C" __global__ void __launch_bounds__(threads)
    exchange_16(const uint4 *from, uint4 *to, unsigned rows, unsigned first, unsigned second, unsigned length, uint32_t flipped) {
    exchange(from, to, rows, first, second, length, flipped);
}
KERNEL(exchange_16);

extern "C" __global__ void __launch_bounds__(threads)
    exchange_4(const uint32_t *from, uint32_t *to, unsigned rows, unsigned first, unsigned second, unsigned length, uint32_t flipped) {
    exchange(from, to, rows, first, second, length, flipped);
}
KERNEL(exchange_4);

extern "C" __global__ void __launch_bounds__(threads)
    exchange_2(const uint16_t *from, uint16_t *to, unsigned rows, unsigned first, unsigned second, unsigned length, uint32_t flipped) {
    exchange(from, to, rows, first, second, length, flipped);
}
KERNEL(exchange_2);
