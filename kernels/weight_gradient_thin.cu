// The weight gradient of a 3x3 or 1x1 convolution from or to a few channels, in float32. Memory bounds it: the many channels are read once,
// in whole vectors.
#include "convolution.cuh"

constexpr int VECTOR = 8, WARPS = 8, THREADS = 32 * WARPS;  // channels of a thread

// Of the input and the gradient, many has the many channels. A block takes one slice of the pixels (blockIdx.y), a thread 8 of the many
// channels, and one of the few (blockIdx.z); across threads share a pixel. The few are the input, which is read at pixel + tap, or the
// gradient, at pixel - tap. Sums are stored as slices x taps x few x many; the sums for the bias follow those of each slice.
template <class M, class F, int TAPS>
__device__ __forceinline__ void accumulate(const M *many, const F *few, float *partial, const convolution_shape &s, int few_inputs, int across,
                                           int per_slice, int with_bias) {
    constexpr int SIDE = TAPS == 9 ? 3 : 1, SUMS = TAPS + 1;  // the last is the sum of many or of few alone
    SHARED(float, sums, SUMS * VECTOR * THREADS / 4);
    const int thread = int(threadIdx.x), lane = thread % across;
    const int channels = few_inputs ? s.outputs : s.channels, fews = few_inputs ? s.channels : s.outputs;
    const int channel = (int(blockIdx.x) * across + lane) * VECTOR, one = int(blockIdx.z), sign = few_inputs ? 1 : -1;
    const int begin = int(blockIdx.y) * per_slice, end = min(begin + per_slice, s.samples * s.height * s.width);
    const bool whole = channels % VECTOR == 0;
    float sum[SUMS][VECTOR];
    #pragma unroll
    for (int tap = 0; tap < SUMS; tap++)
        #pragma unroll
        for (int i = 0; i < VECTOR; i++) sum[tap][i] = 0;
    for (int index = begin + thread / across; index < end; index += THREADS / across) {
        float value[VECTOR];
        load_some(value, many + size_t(index) * channels + channel, channels - channel, whole);
        pixel at = pixel_at(index, s.height, s.width);
        #pragma unroll
        for (int tap = 0; tap < TAPS; tap++) {
            int y = at.y + sign * (tap / SIDE - SIDE / 2), x = at.x + sign * (tap % SIDE - SIDE / 2);
            bool inside = unsigned(y) < unsigned(s.height) && unsigned(x) < unsigned(s.width);
            float factor = inside ? to_float(few[pixel_index(at.sample, y, x, s.height, s.width) * fews + one]) : 0;
            #pragma unroll
            for (int i = 0; i < VECTOR; i++) sum[tap][i] = fmaf(factor, value[i], sum[tap][i]);
        }
        float alone = few_inputs ? 0 : to_float(few[size_t(index) * fews + one]);
        #pragma unroll
        for (int i = 0; i < VECTOR; i++) sum[TAPS][i] += few_inputs ? value[i] : alone;
    }

    // First over the threads of a warp that have the same channels, then over the warps.
    for (int distance = 16; distance >= across; distance /= 2)
        #pragma unroll
        for (int tap = 0; tap < SUMS; tap++)
            #pragma unroll
            for (int i = 0; i < VECTOR; i++) sum[tap][i] += __shfl_xor_sync(0xffffffffu, sum[tap][i], distance);
    if (thread % 32 < across)
        #pragma unroll
        for (int tap = 0; tap < SUMS; tap++)
            #pragma unroll
            for (int i = 0; i < VECTOR; i++) sums[((thread / 32 * SUMS + tap) * across + lane) * VECTOR + i] = sum[tap][i];
    __syncthreads();
    const size_t weights = size_t(TAPS) * fews * channels;
    partial += size_t(blockIdx.y) * (weights + s.outputs);
    const int width = across * VECTOR;
    for (int i = thread; i < SUMS * width; i += THREADS) {
        float total = 0;
        for (int warp = 0; warp < WARPS; warp++) total += sums[warp * SUMS * width + i];
        int tap = i / width, own = int(blockIdx.x) * width + i % width;
        if (own >= channels) continue;
        if (tap < TAPS)
            partial[(size_t(tap) * fews + one) * channels + own] = total;
        else if (with_bias && few_inputs && one == 0)
            partial[weights + own] = total;
        else if (with_bias && !few_inputs && own == 0)
            partial[weights + one] = total;
    }
}

#define ACCUMULATE(name, M, F, taps) \
    extern "C" __global__ void __launch_bounds__(THREADS) \
        name(const M *many, const F *few, float *partial, convolution_shape s, int few_inputs, int across, int per_slice, int with_bias) { \
        accumulate<M, F, taps>(many, few, partial, s, few_inputs, across, per_slice, with_bias); \
    } \
    KERNEL(name)
ACCUMULATE(weight_gradient_thin_f32_f32_1, float, float, 1);
ACCUMULATE(weight_gradient_thin_f32_f32_9, float, float, 9);
ACCUMULATE(weight_gradient_thin_f32_bf16_1, float, bf16, 1);
ACCUMULATE(weight_gradient_thin_f32_bf16_9, float, bf16, 9);
ACCUMULATE(weight_gradient_thin_bf16_f32_1, bf16, float, 1);
ACCUMULATE(weight_gradient_thin_bf16_f32_9, bf16, float, 9);
ACCUMULATE(weight_gradient_thin_bf16_bf16_1, bf16, bf16, 1);
ACCUMULATE(weight_gradient_thin_bf16_bf16_9, bf16, bf16, 9);
