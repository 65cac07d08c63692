// The weight gradients of convolutions without overlapping windows, 1x1 and 2x2 with stride 2, of bf16 on tensor cores, sums in float32:
// products of the transposed gradient with the input at each tap.
#include "convolution.cuh"

constexpr int WARPS = 8, THREADS = 32 * WARPS, CHANNELS = 64;  // a block computes the sums for 64 outputs x 64 inputs

// Vectors of 8 channels lie such that 8 neighbouring pixels' fall into different banks.
__device__ __forceinline__ int place(int pixel, int vector) { return pixel * CHANNELS + (vector ^ (pixel & 7)) * 8; }

// A block takes one slice of the positions (blockIdx.y), of so many each, and 64 outputs x 64 inputs (blockIdx.x, inputs first); a warp all
// outputs and 8 inputs. Sums are stored as slices x taps x outputs x inputs; the sums for the bias follow those of each slice.
template <int TAPS, int POSITIONS>
__device__ __forceinline__ void accumulate(const bf16 *input, const bf16 *gradient, float *partial, const convolution_shape &s,
                                           int per_slice, int with_bias) {
    constexpr int STAGE = (TAPS + 1) * POSITIONS * CHANNELS;
    DYNAMIC_SHARED(bf16, memory);
    const int thread = int(threadIdx.x), lane = thread % 32, warp = thread / 32;
    const int blocks = (s.channels + CHANNELS - 1) / CHANNELS;
    const int first_input = int(blockIdx.x) % blocks * CHANNELS, first_output = int(blockIdx.x) / blocks * CHANNELS;
    const int begin = int(blockIdx.y) * per_slice, end = min(begin + per_slice, s.samples * s.height * s.width);
    const int steps = max((end - begin + POSITIONS - 1) / POSITIONS, 0);
    const bool bias = with_bias && first_input == 0;

    const int vector = thread % 8, from_input = first_input + vector * 8, from_output = first_output + vector * 8;
    auto load = [&](int step) {
        if (step < steps) {
            bf16 *to = memory + step % 2 * STAGE;
            #pragma unroll
            for (int i = 0; i < POSITIONS / 32; i++) {
                int own = thread / 8 + i * 32, position = begin + step * POSITIONS + own;
                bool inside = position < end, has_output = inside && from_output < s.outputs, has_input = inside && from_input < s.channels;
                const bf16 *from = gradient + (has_output ? size_t(position) * s.outputs + from_output : 0);
                cp_async16_zfill(to + place(own, vector), from, has_output);
                pixel at = pixel_at(inside ? position : 0, s.height, s.width);
                #pragma unroll
                for (int tap = 0; tap < TAPS; tap++) {
                    int y = at.y * s.stride + tap / s.side, x = at.x * s.stride + tap % s.side;
                    size_t pixel = pixel_index(at.sample, y, x, s.height * s.stride, s.width * s.stride);
                    from = input + (has_input ? pixel * s.channels + from_input : 0);
                    cp_async16_zfill(to + (tap + 1) * POSITIONS * CHANNELS + place(own, vector), from, has_input);
                }
            }
        }
        cp_async_commit();
    };

    float sum[TAPS][4][4], bias_sum[2] = {0, 0};
    #pragma unroll
    for (int tap = 0; tap < TAPS; tap++)
        #pragma unroll
        for (int m = 0; m < 4; m++) sum[tap][m][0] = sum[tap][m][1] = sum[tap][m][2] = sum[tap][m][3] = 0;

    load(0);
    for (int step = 0; step < steps; step++) {
        cp_async_wait<0>();
        __syncthreads();
        load(step + 1);
        const bf16 *gradients = memory + step % 2 * STAGE, *inputs = gradients + POSITIONS * CHANNELS;
        #pragma unroll
        for (int k = 0; k < POSITIONS; k += 16) {
            uint32_t a[4][4];
            #pragma unroll
            for (int m = 0; m < 4; m++) ldmatrix_x4_trans(a[m], gradients + place(k + lane % 8 + lane / 16 * 8, m * 2 + lane / 8 % 2));
            #pragma unroll
            for (int tap = 0; tap < TAPS; tap++) {
                uint32_t b[2];
                ldmatrix_x2_trans(b, inputs + tap * POSITIONS * CHANNELS + place(k + lane % 16, warp));
                #pragma unroll
                for (int m = 0; m < 4; m++) mma_m16n8k16_bf16(sum[tap][m], a[m], b, sum[tap][m]);
            }
        }
        if (bias)
            for (int at = warp; at < POSITIONS; at += WARPS) {
                float low, high;
                unpack_bf16(*reinterpret_cast<const uint32_t *>(gradients + place(at, lane / 4) + lane % 4 * 2), low, high);
                bias_sum[0] += low, bias_sum[1] += high;
            }
    }

    partial += size_t(blockIdx.y) * (size_t(TAPS) * s.channels + 1) * s.outputs;
    const int to = first_input + warp * 8 + lane % 4 * 2;
    if (to < s.channels)
        #pragma unroll
        for (int tap = 0; tap < TAPS; tap++)
            #pragma unroll
            for (int m = 0; m < 8; m++) {
                int of = first_output + m * 8 + lane / 4;
                if (of < s.outputs)
                    *reinterpret_cast<float2 *>(partial + (size_t(tap) * s.outputs + of) * s.channels + to) =
                        make_float2(sum[tap][m / 2][m % 2 * 2], sum[tap][m / 2][m % 2 * 2 + 1]);
            }
    if (with_bias) {
        SHARED(float, sums, WARPS * CHANNELS);
        sums[warp * CHANNELS + lane * 2] = bias_sum[0];
        sums[warp * CHANNELS + lane * 2 + 1] = bias_sum[1];
        __syncthreads();
        if (bias && thread < CHANNELS && first_output + thread < s.outputs) {
            float total = 0;
            for (int i = 0; i < WARPS; i++) total += sums[i * CHANNELS + thread];
            partial[size_t(TAPS) * s.channels * s.outputs + first_output + thread] = total;
        }
    }
}

#define ACCUMULATE(name, taps, positions) \
    extern "C" __global__ void __launch_bounds__(THREADS) \
        name(const bf16 *input, const bf16 *gradient, float *partial, convolution_shape s, int per_slice, int with_bias) { \
        accumulate<taps, positions>(input, gradient, partial, s, per_slice, with_bias); \
    } \
    KERNEL(name)
ACCUMULATE(weight_gradient_product_1, 1, 128);
ACCUMULATE(weight_gradient_product_4, 4, 64);
