// A weight gradient in float32 on the ordinary cores, for every size and type: products of the gathered input, transposed, with the
// gradient.
#include "products.cuh"

// A block computes the sums of one slice of pixels (blockIdx.z) for ROWS pairs of tap and input channel (blockIdx.x) x COLUMNS outputs
// (blockIdx.y), and stores them as slices x taps x inputs x outputs; the sums for the bias follow those of each slice. pixels are those of
// a slice.
template <class T, class G, int COLUMNS>
__device__ __forceinline__ void accumulate(const T *input, const G *gradient, float *partial, const convolution_shape &s, int pixels,
                                           int with_bias) {
    SHARED(float, rows, 2 * DEPTH * ROWS);
    SHARED(float, columns, 2 * DEPTH * COLUMNS);
    const int thread = int(threadIdx.x), pairs = s.taps * s.channels;
    const int input_height = s.height * s.stride, input_width = s.width * s.stride;
    const int begin = int(blockIdx.z) * pixels, end = min(begin + pixels, s.samples * s.height * s.width);
    const int steps = max((end - begin + DEPTH - 1) / DEPTH, 0);
    const bool whole_input = s.channels % 4 == 0, whole_gradient = s.outputs % 4 == 0, bias = with_bias && blockIdx.x == 0;

    // The thread loads 4 pairs of two pixels, and 4 outputs of one.
    const int row = thread % 32 * 4, pair = int(blockIdx.x) * ROWS + row, depth = thread * 4 / COLUMNS, column = thread * 4 % COLUMNS;
    const int output = int(blockIdx.y) * COLUMNS + column;
    float a[2][4], b[4];
    // The address of a pair's input under a pixel; null outside the image, past the last pair and past the slice.
    auto gather = [&](const pixel &at, bool valid, int pair) -> const T * {
        int tap = pair / s.channels;
        int y = at.y * s.stride + tap / s.side - s.padding, x = at.x * s.stride + tap % s.side - s.padding;
        if (!valid || pair >= pairs || unsigned(y) >= unsigned(input_height) || unsigned(x) >= unsigned(input_width)) return nullptr;
        return input + pixel_index(at.sample, y, x, input_height, input_width) * s.channels + pair % s.channels;
    };
    auto fetch = [&](int step) {
        #pragma unroll
        for (int half = 0; half < 2; half++) {
            int index = begin + step * DEPTH + thread / 32 + half * 8;
            pixel at = pixel_at(index < end ? index : 0, s.height, s.width);
            if (whole_input) {
                const T *from = gather(at, index < end, pair);
                load_some(a[half], from, from ? 4 : 0, true);
            } else
                #pragma unroll
                for (int i = 0; i < 4; i++) {
                    const T *from = gather(at, index < end, pair + i);
                    a[half][i] = from ? to_float(*from) : 0;
                }
        }
        int index = begin + step * DEPTH + depth;
        int count = index < end ? s.outputs - output : 0;
        if (depth < DEPTH) load_some(b, gradient + size_t(index) * s.outputs + output, count, whole_gradient);
    };
    auto put = [&](int stage) {
        #pragma unroll
        for (int half = 0; half < 2; half++) store_vector(rows + (stage * DEPTH + thread / 32 + half * 8) * ROWS + row, a[half]);
        if (depth < DEPTH) store_vector(columns + (stage * DEPTH + depth) * COLUMNS + column, b);
    };

    product_tile<COLUMNS> tile;
    tile.clear();
    float bias_sum = 0;
    if (steps > 0) {
        fetch(0);
        put(0);
    }
    __syncthreads();
    for (int step = 0; step < steps; step++) {
        bool more = step + 1 < steps;
        if (more) fetch(step + 1);
        const float *factors = columns + step % 2 * DEPTH * COLUMNS;
        tile.add(rows + step % 2 * DEPTH * ROWS, factors);
        if (bias && thread < COLUMNS)
            for (int k = 0; k < DEPTH; k++) bias_sum += factors[k * COLUMNS + thread];
        if (more) put((step + 1) % 2);
        __syncthreads();
    }
    partial += size_t(blockIdx.z) * (size_t(pairs) + 1) * s.outputs;
    #pragma unroll
    for (int m = 0; m < tile.height; m++)
        #pragma unroll
        for (int n = 0; n < 4; n++) {
            int to = int(blockIdx.x) * ROWS + tile.row + m, of = int(blockIdx.y) * COLUMNS + tile.column + n;
            if (to < pairs && of < s.outputs) partial[size_t(to) * s.outputs + of] = tile.sum[m][n];
        }
    if (bias && thread < COLUMNS && int(blockIdx.y) * COLUMNS + thread < s.outputs)
        partial[size_t(pairs) * s.outputs + blockIdx.y * COLUMNS + thread] = bias_sum;
}

#define ACCUMULATE(name, T, G, columns) \
    extern "C" __global__ void __launch_bounds__(256) \
        name(const T *input, const G *gradient, float *partial, convolution_shape s, int pixels, int with_bias) { \
        accumulate<T, G, columns>(input, gradient, partial, s, pixels, with_bias); \
    } \
    KERNEL(name)
ACCUMULATE(weight_gradient_direct_f32_f32_16, float, float, 16);
ACCUMULATE(weight_gradient_direct_f32_f32_64, float, float, 64);
ACCUMULATE(weight_gradient_direct_f32_bf16_16, float, bf16, 16);
ACCUMULATE(weight_gradient_direct_f32_bf16_64, float, bf16, 64);
ACCUMULATE(weight_gradient_direct_bf16_f32_16, bf16, float, 16);
ACCUMULATE(weight_gradient_direct_bf16_f32_64, bf16, float, 64);
ACCUMULATE(weight_gradient_direct_bf16_bf16_16, bf16, bf16, 16);
ACCUMULATE(weight_gradient_direct_bf16_bf16_64, bf16, bf16, 64);
