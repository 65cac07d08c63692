// Convolutions from or to a few channels in float32, such as the first and the last of a network. Memory bounds them: the many channels are
// read or written once, in whole vectors, and what is read again comes from the cache.
#include "convolution.cuh"

constexpr int MOST = 4, VECTOR = 8, QUAD = 4;  // few channels, channels of a thread, positions of a thread

// A thread computes 8 outputs of 4 neighbouring positions, of one phase (blockIdx.z); across threads share the positions. Blocks of outputs
// are blockIdx.y. The weight is packed as taps or phases x channels x outputs, the last padded to vectors.
template <class T>
__device__ __forceinline__ void spread(const T *input, const float *packed, const convolution_shape &s, const convolution_epilogue &e,
                                       int across) {
    const int lane = int(threadIdx.x) % across, first = (int(blockIdx.x) * (256 / across) + int(threadIdx.x) / across) * QUAD;
    const int output = (int(blockIdx.y) * across + lane) * VECTOR, padded = (s.outputs + VECTOR - 1) / VECTOR * VECTOR;
    const int positions = s.samples * s.height * s.width, height = s.height * s.stride, width = s.width * s.stride;
    if (first >= positions || output >= s.outputs) return;
    pixel at[QUAD];
    float sum[QUAD][VECTOR];
    #pragma unroll
    for (int p = 0; p < QUAD; p++) {
        at[p] = pixel_at(min(first + p, positions - 1), s.height, s.width);
        #pragma unroll
        for (int i = 0; i < VECTOR; i++) sum[p][i] = 0;
    }
    for (int tap = 0; tap < s.taps; tap++)
        for (int channel = 0; channel < s.channels; channel++) {
            float weight[VECTOR];
            load_vector(weight, packed + ((tap + blockIdx.z) * s.channels + channel) * size_t(padded) + output);
            #pragma unroll
            for (int p = 0; p < QUAD; p++) {
                int y = at[p].y * s.stride + tap / s.side - s.padding, x = at[p].x * s.stride + tap % s.side - s.padding;
                bool inside = unsigned(y) < unsigned(height) && unsigned(x) < unsigned(width);
                float value = inside ? to_float(input[pixel_index(at[p].sample, y, x, height, width) * s.channels + channel]) : 0;
                #pragma unroll
                for (int i = 0; i < VECTOR; i++) sum[p][i] = fmaf(value, weight[i], sum[p][i]);
            }
        }
    #pragma unroll
    for (int p = 0; p < QUAD; p++) {
        if (first + p >= positions) break;
        size_t to = first + p;
        if (s.scale == 2)
            to = pixel_index(at[p].sample, 2 * at[p].y + int(blockIdx.z) / 2, 2 * at[p].x + int(blockIdx.z) % 2, 2 * s.height, 2 * s.width);
        finish(e, to, output, s.outputs, sum[p]);
    }
}

// Eight threads compute up to 4 outputs of 4 neighbouring positions of a row: each sums over every eighth vector of channels, and the eight
// sums are added in one order. A vector of the input serves the 3 taps of a row. The weight is packed as outputs x taps x channels, the
// last padded to vectors.
template <class T, int SIDE>
__device__ __forceinline__ void gather(const T *input, const float *packed, const convolution_shape &s, const convolution_epilogue &e) {
    constexpr int LANES = 8, PADDING = SIDE / 2, TAPS = SIDE * SIDE;
    const int lane = int(threadIdx.x) % LANES, quads = (s.width + QUAD - 1) / QUAD, padded = (s.channels + VECTOR - 1) / VECTOR * VECTOR;
    const int quad = (int(blockIdx.x) * 256 + int(threadIdx.x)) / LANES;
    const bool present = quad < s.samples * s.height * quads, whole = s.channels % VECTOR == 0;
    pixel at = pixel_at(present ? quad : 0, s.height, quads);
    at.x *= QUAD;
    float result[MOST] = {0, 0, 0, 0};  // of position lane
    #pragma unroll
    for (int output = 0; output < MOST; output++) {
        if (output >= s.outputs) break;
        float sum[QUAD] = {0, 0, 0, 0};
        for (int channel = lane * VECTOR; channel < s.channels; channel += LANES * VECTOR)
            for (int ky = 0; ky < SIDE; ky++) {
                int y = at.y + ky - PADDING;
                if (!present || unsigned(y) >= unsigned(s.height)) continue;
                float weight[SIDE][VECTOR];
                #pragma unroll
                for (int kx = 0; kx < SIDE; kx++)
                    load_vector(weight[kx], packed + (size_t(output) * TAPS + ky * SIDE + kx) * padded + channel);
                #pragma unroll
                for (int column = 0; column < QUAD + SIDE - 1; column++) {
                    int x = at.x + column - PADDING;
                    if (unsigned(x) >= unsigned(s.width)) continue;
                    float value[VECTOR];
                    size_t pixel = pixel_index(at.sample, y, x, s.height, s.width);
                    load_some(value, input + pixel * s.channels + channel, s.channels - channel, whole);
                    #pragma unroll
                    for (int kx = 0; kx < SIDE; kx++)
                        if (column - kx >= 0 && column - kx < QUAD)
                            #pragma unroll
                            for (int i = 0; i < VECTOR; i++) sum[column - kx] = fmaf(value[i], weight[kx][i], sum[column - kx]);
                }
            }
        #pragma unroll
        for (int p = 0; p < QUAD; p++) {
            #pragma unroll
            for (int distance = 1; distance < LANES; distance *= 2) sum[p] += __shfl_xor_sync(0xffffffffu, sum[p], distance);
            if (p == lane) result[output] = sum[p];
        }
    }
    if (present && lane < QUAD && at.x + lane < s.width)
        finish(e, pixel_index(at.sample, at.y, at.x + lane, s.height, s.width), 0, s.outputs, result);
}

// Two blocks of a multiprocessor: for 10.0 the assembler would rather fit four and spill registers.
#define THIN(T, suffix) \
    extern "C" __global__ void __launch_bounds__(256) \
        convolution_spread_##suffix(const T *input, const float *packed, convolution_shape s, convolution_epilogue e, int across) { \
        spread<T>(input, packed, s, e, across); \
    } \
    KERNEL(convolution_spread_##suffix); \
    extern "C" __global__ void __launch_bounds__(256) \
        convolution_gather_1_##suffix(const T *input, const float *packed, convolution_shape s, convolution_epilogue e) { \
        gather<T, 1>(input, packed, s, e); \
    } \
    KERNEL(convolution_gather_1_##suffix); \
    extern "C" __global__ void __launch_bounds__(256, 2) \
        convolution_gather_3_##suffix(const T *input, const float *packed, convolution_shape s, convolution_epilogue e) { \
        gather<T, 3>(input, packed, s, e); \
    } \
    KERNEL(convolution_gather_3_##suffix)
THIN(float, f32);
THIN(bf16, bf16);
