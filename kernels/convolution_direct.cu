// A convolution in float32 on the ordinary cores, for every size and type: products of a matrix of gathered pixels with the weight.
#include "products.cuh"

// A block computes ROWS positions x COLUMNS outputs (blockIdx.y) of one phase (blockIdx.z); the weight is packed as taps or phases x inputs
// x outputs, inputs padded to DEPTH and outputs to 64. The next factors are loaded into registers while those in shared memory are
// multiplied.
template <class T, int COLUMNS>
__device__ __forceinline__ void convolve(const T *input, const float *packed, const convolution_shape &s, const convolution_epilogue &e) {
    SHARED(float, rows, 2 * DEPTH * ROWS);
    SHARED(float, columns, 2 * DEPTH * COLUMNS);
    const int thread = int(threadIdx.x), chunks = (s.channels + DEPTH - 1) / DEPTH, steps = s.taps * chunks;
    const int positions = s.samples * s.height * s.width, padded_outputs = (s.outputs + 63) / 64 * 64;
    const int input_height = s.height * s.stride, input_width = s.width * s.stride;
    const bool whole = s.channels % 4 == 0;

    // The thread loads 8 channels of one position, and 4 outputs of one channel.
    const int loaded = thread % ROWS, first = thread / ROWS * 8, position = int(blockIdx.x) * ROWS + loaded;
    const pixel at = pixel_at(position < positions ? position : 0, s.height, s.width);
    const int depth = thread * 4 / COLUMNS, column = thread * 4 % COLUMNS;
    const float *weight = packed + size_t(blockIdx.z) * chunks * DEPTH * padded_outputs + blockIdx.y * COLUMNS + column;
    float a[2][4], b[4];
    auto fetch = [&](int step) {
        int tap = step / chunks, channel = step % chunks * DEPTH;
        int y = at.y * s.stride + tap / s.side - s.padding, x = at.x * s.stride + tap % s.side - s.padding;
        bool inside = unsigned(y) < unsigned(input_height) && unsigned(x) < unsigned(input_width);
        const T *from = input + (inside ? pixel_index(at.sample, y, x, input_height, input_width) * s.channels + channel + first : 0);
        int count = inside ? s.channels - channel - first : 0;
        load_some(a[0], from, count, whole);
        load_some(a[1], from + 4, count - 4, whole);
        if (depth < DEPTH)
            load_vector(b, weight + (size_t(tap) * chunks * DEPTH + channel + depth) * padded_outputs);
    };
    auto put = [&](int stage) {
        #pragma unroll
        for (int i = 0; i < 8; i++) rows[(stage * DEPTH + first + i) * ROWS + loaded] = a[i / 4][i % 4];
        if (depth < DEPTH) store_vector(columns + (stage * DEPTH + depth) * COLUMNS + column, b);
    };

    product_tile<COLUMNS> tile;
    tile.clear();
    fetch(0);
    put(0);
    __syncthreads();
    for (int step = 0; step < steps; step++) {
        bool more = step + 1 < steps;
        if (more) fetch(step + 1);
        tile.add(rows + step % 2 * DEPTH * ROWS, columns + step % 2 * DEPTH * COLUMNS);
        if (more) put((step + 1) % 2);
        __syncthreads();
    }
    #pragma unroll
    for (int m = 0; m < tile.height; m++) {
        int index = int(blockIdx.x) * ROWS + tile.row + m;
        if (index >= positions) break;
        size_t output = index;
        if (s.scale == 2) {
            pixel p = pixel_at(index, s.height, s.width);
            output = pixel_index(p.sample, 2 * p.y + int(blockIdx.z) / 2, 2 * p.x + int(blockIdx.z) % 2, 2 * s.height, 2 * s.width);
        }
        finish(e, output, int(blockIdx.y) * COLUMNS + tile.column, s.outputs, tile.sum[m]);
    }
}

#define CONVOLVE(name, T, columns) \
    extern "C" __global__ void __launch_bounds__(256) \
        name(const T *input, const float *packed, convolution_shape s, convolution_epilogue e) { \
        convolve<T, columns>(input, packed, s, e); \
    } \
    KERNEL(name)
CONVOLVE(convolution_direct_f32_16, float, 16);
CONVOLVE(convolution_direct_f32_64, float, 64);
CONVOLVE(convolution_direct_bf16_16, bf16, 16);
CONVOLVE(convolution_direct_bf16_64, bf16, 64);
