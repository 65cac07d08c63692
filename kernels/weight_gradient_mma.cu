// The weight gradient of a 3x3 convolution, of bf16 on tensor cores, sums in float32.
//
// Columns are counted through all samples, as in convolution_mma.cu.
#include "convolution.cuh"

constexpr int TAPS = 9, HEIGHT = 4, WIDTH = 32, COLUMNS = WIDTH + 8;        // of a tile; its columns with those of zeros, a multiple of 8
constexpr int PIXELS = (HEIGHT + 2) * COLUMNS, GRADIENTS = HEIGHT * WIDTH;  // of a tile with its neighbours, and without

struct gradient_tiles {
    int columns;                 // of a tile, at most WIDTH
    int column_tiles, row_tiles;  // their number
    int per_slice;                // tiles of a slice
    int with_bias;
    quotient by_width, by_padded;  // of the shape's width, and of that and two columns of zeros
};

// Vectors of 8 channels lie such that 8 neighbouring pixels' fall into different banks.
template <int CHANNELS> __device__ __forceinline__ int place(int pixel, int vector) {
    return pixel * CHANNELS + (CHANNELS == 64 ? vector ^ (pixel & 7) : vector ^ (pixel >> 1 & 3)) * 8;
}

// A block computes the sums of one slice of tiles (blockIdx.y) for all taps, 16*MS outputs and 8*WARPS inputs (blockIdx.x, inputs first); a
// warp for all of the outputs and 8 of the inputs. Tiles are brought to shared memory once for all taps. A warp walks down a strip of 16
// pixels: a row of the input meets the gradients of three rows, which stay in registers, so that 25 loads of 512 bytes serve 144 matrix
// instructions, against 34 without. Sums are stored as slices x taps x outputs x inputs; the sums for the bias follow those of each slice.
template <int MS, int WARPS>
__device__ __forceinline__ void accumulate(const bf16 *input, const bf16 *gradient, float *partial, const convolution_shape &s,
                                           const gradient_tiles &t) {
    constexpr int THREADS = 32 * WARPS, INPUTS = 8 * WARPS, OUTPUTS = 16 * MS;
    constexpr int STAGE = PIXELS * INPUTS + GRADIENTS * OUTPUTS;
    static_assert(OUTPUTS == INPUTS && WIDTH == 32 && HEIGHT == 4, "threads load both alike: 8 columns and 4 rows of vectors at a time");
    DYNAMIC_SHARED(bf16, memory);
    const int thread = int(threadIdx.x), lane = thread % 32, warp = thread / 32;
    const int blocks = (s.channels + INPUTS - 1) / INPUTS;
    const int first_input = int(blockIdx.x) % blocks * INPUTS, first_output = int(blockIdx.x) / blocks * OUTPUTS;
    const int first = int(blockIdx.y) * t.per_slice, last = min(first + t.per_slice, t.column_tiles * t.row_tiles);
    const int all_columns = s.samples * s.width, input_vectors = s.channels / 8, output_vectors = s.outputs / 8;
    const bool bias = t.with_bias && first_input == 0;

    // The loader keeps its columns' addresses, in vectors of 8 channels, with a bit for each in the images: they change with the tile's
    // columns only.
    const int vector = thread % WARPS, load_column = thread / WARPS % 8, load_row = thread / WARPS / 8;
    const bool has_input = first_input + vector * 8 < s.channels, has_output = first_output + vector * 8 < s.outputs;
    unsigned input_column[COLUMNS / 8], output_column[WIDTH / 8], inside = 0;
    auto load = [&](int tile) {
        if (tile < last) {
            const int y = tile % t.row_tiles * HEIGHT;
            if (tile == first || y == 0) {
                const int left = tile / t.row_tiles * t.columns, padded_left = left + t.by_width.of(left) * 2;
                inside = 0;
                #pragma unroll
                for (int i = 0; i < COLUMNS / 8; i++) {
                    int padded = padded_left + load_column + i * 8, sample = t.by_padded.of(padded);
                    int x = padded - sample * (s.width + 2) - 1;
                    bool here = unsigned(x) < unsigned(s.width) && sample < s.samples && has_input;
                    input_column[i] = here ? (unsigned(sample) * s.height * s.width + x) * input_vectors : 0;
                    inside |= unsigned(here) << i;
                }
                #pragma unroll
                for (int i = 0; i < WIDTH / 8; i++) {
                    int own = load_column + i * 8, sample = t.by_width.of(left + own), x = left + own - sample * s.width;
                    bool here = own < t.columns && left + own < all_columns && has_output;
                    output_column[i] = here ? (unsigned(sample) * s.height * s.width + x) * output_vectors : 0;
                    inside |= unsigned(here) << (16 + i);
                }
            }
            bf16 *to = memory + (tile - first) % 2 * STAGE;
            #pragma unroll
            for (int row = 0; row < HEIGHT + 2; row += 4) {
                const int own = load_row + row, from_y = y - 1 + own;
                const unsigned here = unsigned(from_y) < unsigned(s.height) ? inside : 0;
                const bf16 *from = input + first_input + vector * 8 + (here ? size_t(from_y) * s.width * s.channels : 0);
                bf16 *pixels = to + place<INPUTS>(own * COLUMNS + load_column, vector);
                if (own < HEIGHT + 2)
                    #pragma unroll
                    for (int i = 0; i < COLUMNS / 8; i++)
                        cp_async16_zfill(pixels + i * 8 * INPUTS, from + size_t(input_column[i]) * 8, here >> i & 1);
            }
            bf16 *gradients = to + PIXELS * INPUTS + place<OUTPUTS>(load_row * WIDTH + load_column, vector);
            const unsigned here = y + load_row < s.height ? inside >> 16 : 0;
            const bf16 *from = gradient + first_output + vector * 8 + (here ? size_t(y + load_row) * s.width * s.outputs : 0);
            #pragma unroll
            for (int i = 0; i < WIDTH / 8; i++)
                cp_async16_zfill(gradients + i * 8 * OUTPUTS, from + size_t(output_column[i]) * 8, here >> i & 1);
        }
        cp_async_commit();
    };

    float sum[TAPS][MS][4], bias_sum[2] = {0, 0};
    #pragma unroll
    for (int tap = 0; tap < TAPS; tap++)
        #pragma unroll
        for (int m = 0; m < MS; m++) sum[tap][m][0] = sum[tap][m][1] = sum[tap][m][2] = sum[tap][m][3] = 0;

    load(first);
    for (int tile = first; tile < last; tile++) {
        cp_async_wait<0>();
        __syncthreads();
        load(tile + 1);
        const bf16 *inputs = memory + (tile - first) % 2 * STAGE, *gradients = inputs + PIXELS * INPUTS;
        const int left = tile / t.row_tiles * t.columns, inside = min(t.columns, all_columns - left);
        #pragma unroll 1
        for (int strip = 0; strip < WIDTH / 16; strip++) {
            // This lane's address for ldmatrix is that of a pixel's left neighbour in the upper row; right of the tile, where gradients are
            // 0, any that is there.
            const int own = strip * 16 + lane % 16, column = own < inside ? own + 2 * (t.by_width.of(left + own) - t.by_width.of(left)) : 0;
            const bf16 *b_address[3], *a_address[MS];
            #pragma unroll
            for (int kx = 0; kx < 3; kx++) b_address[kx] = inputs + place<INPUTS>(column + kx, warp);
            #pragma unroll
            for (int m = 0; m < MS; m++)
                a_address[m] = gradients + place<OUTPUTS>(strip * 16 + lane % 8 + lane / 16 * 8, m * 2 + lane / 8 % 2);
            uint32_t a[3][MS][4];
            #pragma unroll
            for (int row = 0; row < HEIGHT + 2; row++) {
                if (row < HEIGHT)
                    #pragma unroll
                    for (int m = 0; m < MS; m++) ldmatrix_x4_trans(a[row % 3][m], a_address[m] + row * WIDTH * OUTPUTS);
                #pragma unroll
                for (int kx = 0; kx < 3; kx++) {
                    uint32_t b[2];
                    ldmatrix_x2_trans(b, b_address[kx] + row * COLUMNS * INPUTS);
                    #pragma unroll
                    for (int ky = 0; ky < 3; ky++)
                        if (row - ky >= 0 && row - ky < HEIGHT)
                            #pragma unroll
                            for (int m = 0; m < MS; m++)
                                mma_m16n8k16_bf16(sum[ky * 3 + kx][m], a[(row - ky) % 3][m], b, sum[ky * 3 + kx][m]);
                }
            }
        }
        if (bias) {
            constexpr int SHARERS = 2 * THREADS / OUTPUTS;  // of the same two outputs: a multiple of 8, so that their pixels are swizzled alike
            const int output = thread % (OUTPUTS / 2) * 2;
            const bf16 *from = gradients + place<OUTPUTS>(thread / (OUTPUTS / 2), output / 8) + output % 8;
            #pragma unroll
            for (int i = 0; i < GRADIENTS / SHARERS; i++) {
                float low, high;
                unpack_bf16(*reinterpret_cast<const uint32_t *>(from + i * SHARERS * OUTPUTS), low, high);
                bias_sum[0] += low, bias_sum[1] += high;
            }
        }
    }

    partial += size_t(blockIdx.y) * (size_t(TAPS) * s.channels + 1) * s.outputs;
    const int to = first_input + warp * 8 + lane % 4 * 2;
    if (to < s.channels)
        #pragma unroll
        for (int tap = 0; tap < TAPS; tap++)
            #pragma unroll
            for (int m = 0; m < 2 * MS; m++) {
                int of = first_output + m * 8 + lane / 4;
                if (of < s.outputs)
                    *reinterpret_cast<float2 *>(partial + (size_t(tap) * s.outputs + of) * s.channels + to) =
                        make_float2(sum[tap][m / 2][m % 2 * 2], sum[tap][m / 2][m % 2 * 2 + 1]);
            }
    if (t.with_bias) {
        SHARED(float, sums, 2 * THREADS);  // of the threads that share an output, one row each
        const int row = thread / (OUTPUTS / 2), column = thread % (OUTPUTS / 2) * 2;
        sums[row * OUTPUTS + column] = bias_sum[0];
        sums[row * OUTPUTS + column + 1] = bias_sum[1];
        __syncthreads();
        if (bias && thread < OUTPUTS && first_output + thread < s.outputs) {
            float total = 0;
            for (int i = 0; i < 2 * THREADS / OUTPUTS; i++) total += sums[i * OUTPUTS + thread];
            partial[size_t(TAPS) * s.channels * s.outputs + first_output + thread] = total;
        }
    }
}

#define ACCUMULATE(name, ms, warps) \
    extern "C" __global__ void __launch_bounds__(32 * warps) \
        name(const bf16 *input, const bf16 *gradient, float *partial, convolution_shape s, gradient_tiles t) { \
        accumulate<ms, warps>(input, gradient, partial, s, t); \
    } \
    KERNEL(name)
ACCUMULATE(weight_gradient_mma_32, 2, 4);
ACCUMULATE(weight_gradient_mma_64, 4, 8);
