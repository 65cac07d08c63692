// Convolutions of bf16 without overlapping windows, 1x1 and 2x2 with stride 2, and their adjoints, on tensor cores: products of a matrix of
// gathered pixels with the weight, sums in float32.
#include "convolution.cuh"

constexpr int ROWS = 128, CHUNK = 16, DEPTH = 2 * CHUNK, STAGES = 4;  // positions of a block, channels of a fragment and of a stage

// A block of 4 warps computes ROWS positions x 32 * HALVES outputs of one phase (blockIdx.y); a warp 32 of the positions. Blocks of the
// same positions are neighbours (blockIdx.x). The weight is packed as taps or phases x blocks of outputs x parts of DEPTH channels. A row
// of pixels in shared memory is 4 vectors of 8 channels, swizzled so that 8 rows fall into different banks.
template <int HALVES>
__device__ __forceinline__ void multiply(const bf16 *input, const bf16 *packed, const convolution_shape &s, const convolution_epilogue &e) {
    constexpr int OUTPUTS = 32 * HALVES, WEIGHTS = OUTPUTS * DEPTH, STAGE = ROWS * DEPTH + WEIGHTS;
    DYNAMIC_SHARED(bf16, memory);
    const int thread = int(threadIdx.x), lane = thread % 32, warp = thread / 32;
    const int positions = s.samples * s.height * s.width, parts = (s.channels + DEPTH - 1) / DEPTH, steps = s.taps * parts;
    const int blocks = (s.outputs + OUTPUTS - 1) / OUTPUTS, block = int(blockIdx.x) % blocks, begin = int(blockIdx.x) / blocks * ROWS;
    const int phase = int(blockIdx.y);

    const int vector = thread % 4;
    size_t source[4];  // the first channel of the four pixels that this thread loads, at tap 0
    #pragma unroll
    for (int i = 0; i < 4; i++) {
        int position = begin + thread / 4 + i * 32;
        pixel at = pixel_at(position < positions ? position : 0, s.height, s.width);
        size_t pixel = pixel_index(at.sample, at.y * s.stride, at.x * s.stride, s.height * s.stride, s.width * s.stride);
        source[i] = pixel * s.channels + vector * 8;
    }
    auto load = [&](int step) {
        if (step < steps) {
            int tap = step / parts, channel = step % parts * DEPTH;
            bf16 *to = memory + step % STAGES * STAGE;
            size_t shift = (size_t(tap / s.side) * s.width * s.stride + tap % s.side) * s.channels + channel;
            #pragma unroll
            for (int i = 0; i < 4; i++) {
                int row = thread / 4 + i * 32;
                bool inside = channel + vector * 8 < s.channels;
                cp_async16_zfill(to + row * DEPTH + (vector ^ (row >> 1 & 3)) * 8, input + (inside ? source[i] + shift : 0), inside);
            }
            const bf16 *from = packed + ((size_t(tap + phase) * blocks + block) * parts + step % parts) * WEIGHTS;
            for (int i = thread; i < WEIGHTS / 8; i += 128) cp_async16(to + ROWS * DEPTH + i * 8, from + i * 8);
        }
        cp_async_commit();
    };

    float sum[2][4 * HALVES][4];
    #pragma unroll
    for (int m = 0; m < 2; m++)
        #pragma unroll
        for (int n = 0; n < 4 * HALVES; n++) sum[m][n][0] = sum[m][n][1] = sum[m][n][2] = sum[m][n][3] = 0;
    #pragma unroll
    for (int i = 0; i < STAGES - 1; i++) load(i);
    for (int step = 0; step < steps; step++) {
        cp_async_wait<STAGES - 2>();
        __syncthreads();
        load(step + STAGES - 1);
        const bf16 *from = memory + step % STAGES * STAGE, *weight = from + ROWS * DEPTH + lane * 8;
        #pragma unroll
        for (int chunk = 0; chunk < 2; chunk++) {
            uint32_t a[2][4];
            #pragma unroll
            for (int m = 0; m < 2; m++) {
                int row = warp * 32 + m * 16 + lane % 16;
                ldmatrix_x4(a[m], from + row * DEPTH + ((chunk * 2 + lane / 16) ^ (row >> 1 & 3)) * 8);
            }
            #pragma unroll
            for (int pair = 0; pair < 2 * HALVES; pair++) {
                uint4 w = *reinterpret_cast<const uint4 *>(weight + (chunk * 2 * HALVES + pair) * 16 * CHUNK);
                const uint32_t b[2][2] = {{w.x, w.y}, {w.z, w.w}};
                #pragma unroll
                for (int m = 0; m < 2; m++)
                    #pragma unroll
                    for (int n = 0; n < 2; n++) mma_m16n8k16_bf16(sum[m][pair * 2 + n], a[m], b[n], sum[m][pair * 2 + n]);
            }
        }
    }

    // The packed weight's order of outputs gives this lane 8 neighbours in each 32: number 2n+i in register i of instruction n.
    #pragma unroll
    for (int half = 0; half < HALVES; half++) {
        const int channel = block * OUTPUTS + half * 32 + lane % 4 * 8;
        if (channel >= s.outputs) break;
        float bias[8];
        octet_bias(bias, e, channel);
        #pragma unroll
        for (int m = 0; m < 4; m++) {
            const int position = begin + warp * 32 + m * 8 + lane / 4;
            size_t output = position;
            if (s.scale == 2) {
                pixel at = pixel_at(position, s.height, s.width);
                output = pixel_index(at.sample, 2 * at.y + phase / 2, 2 * at.x + phase % 2, 2 * s.height, 2 * s.width);
            }
            float value[1][8];
            #pragma unroll
            for (int i = 0; i < 8; i++) value[0][i] = sum[m / 2][half * 4 + i / 2][m % 2 * 2 + i % 2];
            if (e.bfloat16)
                finish_octets<bf16>(e, output * s.outputs + channel, 0, positions - position, bias, value);
            else
                finish_octets<float>(e, output * s.outputs + channel, 0, positions - position, bias, value);
        }
    }
}

#define MULTIPLY(name, halves) \
    extern "C" __global__ void __launch_bounds__(128) \
        name(const bf16 *input, const bf16 *packed, convolution_shape s, convolution_epilogue e) { \
        multiply<halves>(input, packed, s, e); \
    } \
    KERNEL(name)
MULTIPLY(convolution_product_1, 1);
MULTIPLY(convolution_product_2, 2);
