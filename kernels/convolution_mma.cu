// A 3x3 convolution of bf16 on tensor cores, sums in float32.
//
// The images' columns are counted through all samples, so that a tile may reach over the end of a sample: 16 columns cost one warp's work
// in an image of 40 columns as in one of 48. In shared memory each sample's columns have a column of zeros on both sides.
#include "convolution.cuh"

constexpr int TAPS = 9, CHUNK = 16, STAGES = 3;  // channels of a stage, stages in flight or in use
constexpr int HEIGHT = 8, HALF = HEIGHT / 2;      // rows of a tile; a warp's is HEIGHT rows x 16 columns x 32 outputs

struct convolution_tiles {
    int columns;                    // of a tile, at most 16 * GROUPS
    int row_tiles, outputs;         // tiles below each other; blocks of 32 * HALVES outputs
    int count, whole;               // tiles, of which the first are HEIGHT rows high and the others, in pairs, half as many
    int chunks, resident;           // of channels; resident: the weight of all chunks stays in shared memory
    quotient by_width, by_padded;   // of the shape's width, and of that and two columns of zeros
};

// The first column of a tile, its first row, and its number of rows in the image, which may be none.
struct tile_place {
    int left, top, rows;
};

// finish_column stores a column of pixels, N at a time; a lane's sums of a pixel are two registers, from first on, of each instruction.
template <class T, int N>
__device__ __forceinline__ void finish_column(const convolution_epilogue &e, size_t at, size_t step, int rows, const float (&bias)[8],
                                              const float (&sum)[HEIGHT][4][4], int first) {
    #pragma unroll
    for (int y = 0; y < HEIGHT; y += N) {
        float value[N][8];
        #pragma unroll
        for (int n = 0; n < N; n++)
            #pragma unroll
            for (int i = 0; i < 8; i++) value[n][i] = sum[y + n][i / 2][first + i % 2];
        finish_octets<T>(e, at + y * step, step, rows - y, bias, value);
    }
}

// A block of GROUPS x HALVES warps takes every gridDim.x-th tile. For each chunk of channels it brings the tile's pixels and their
// neighbours to shared memory once, for all nine taps, while earlier ones are multiplied. A warp holds the weights of three taps, one above
// the other, and meets each row of pixels once for all three: 16 loads of 512 bytes for 96 matrix instructions, against 24 if each tap
// loaded its own rows.
template <class T, int GROUPS, int HALVES>
__device__ __forceinline__ void convolve(const bf16 *input, const bf16 *packed, const convolution_shape &s, const convolution_tiles &t,
                                         const convolution_epilogue &e) {
    constexpr int THREADS = 32 * GROUPS * HALVES, OUTPUTS = 32 * HALVES, WEIGHTS = TAPS * OUTPUTS * CHUNK;
    constexpr int COLUMNS = 16 * GROUPS + 8;  // room for the columns of zeros; a multiple of 8 keeps the swizzle the same in each row
    constexpr int PIXELS = (HEIGHT + 2) * COLUMNS, LOADS = (2 * PIXELS + THREADS - 1) / THREADS;
    static_assert(LOADS <= 32 && THREADS / 2 % 8 == 0, "a bit for each load, and each thread's pixels swizzled alike");
    DYNAMIC_SHARED(bf16, weights);
    bf16 *const pixels = weights + (t.resident ? t.chunks : STAGES) * WEIGHTS;
    const int thread = int(threadIdx.x), lane = thread % 32, group = thread / 32 / HALVES, half = thread / 32 % HALVES;
    const int all_columns = s.samples * s.width, vectors = s.channels / 8;
    auto place = [&](int tile) -> tile_place {
        int halves = tile < t.whole ? 0 : (tile - t.whole) / t.outputs;
        int at = tile < t.whole ? tile / t.outputs : t.whole / t.outputs + halves / 2;
        int top = at % t.row_tiles * HEIGHT + halves % 2 * HALF;
        return {at / t.row_tiles * t.columns, top, min(tile < t.whole ? HEIGHT : HALF, s.height - top)};
    };

    // The loader runs ahead: it is at one chunk of one tile, whose pixels' addresses it keeps, in vectors of 8 channels, with a bit for
    // those in the image.
    const int pixel = thread / 2, vector = thread % 2;
    unsigned source[LOADS], inside = 0;
    int stage = 0, loading_tile = int(blockIdx.x), loading_chunk = 0;
    auto load = [&] {
        if (loading_tile < t.count) {
            if (loading_chunk == 0) {
                const tile_place tile = place(loading_tile);
                const int y = tile.top - 1, column = tile.left + t.by_width.of(tile.left) * 2;
                inside = 0;
                #pragma unroll
                for (int i = 0; i < LOADS; i++) {
                    int at = pixel + i * (THREADS / 2), row = y + at / COLUMNS, padded = column + at % COLUMNS;
                    int sample = t.by_padded.of(padded), x = padded - sample * (s.width + 2) - 1;
                    bool here = unsigned(row) < unsigned(s.height) && unsigned(x) < unsigned(s.width) && sample < s.samples;
                    source[i] = here ? ((unsigned(sample) * s.height + row) * s.width + x) * vectors : 0;
                    inside |= unsigned(here) << i;
                }
            }
            const bf16 *from = input + (loading_chunk * 2 + vector) * 8;
            const unsigned here = loading_chunk * 2 + vector < vectors ? inside : 0;
            bf16 *to = pixels + stage * PIXELS * CHUNK + pixel * CHUNK + (vector ^ (pixel >> 2 & 1)) * 8;
            #pragma unroll
            for (int i = 0; i < LOADS; i++) {
                bool valid = here >> i & 1;
                if ((i + 1) * (THREADS / 2) <= PIXELS || pixel + i * (THREADS / 2) < PIXELS)
                    cp_async16_zfill(to + i * (THREADS / 2) * CHUNK, from + size_t(source[i]) * 8, valid);
            }
            if (!t.resident || loading_tile == int(blockIdx.x)) {
                from = packed + (size_t(loading_tile % t.outputs) * t.chunks + loading_chunk) * WEIGHTS + thread * 8;
                to = weights + (t.resident ? loading_chunk : stage) * WEIGHTS + thread * 8;
                #pragma unroll
                for (int i = 0; i < WEIGHTS / 8; i += THREADS)
                    if (i + THREADS <= WEIGHTS / 8 || thread < WEIGHTS / 8 - i) cp_async16(to + i * 8, from + i * 8);
            }
            if (++loading_chunk == t.chunks) loading_chunk = 0, loading_tile += int(gridDim.x);
        }
        if (++stage == STAGES) stage = 0;
        cp_async_commit();
    };

    #pragma unroll
    for (int i = 0; i < STAGES - 1; i++) load();
    for (int tile = int(blockIdx.x); tile < t.count; tile += int(gridDim.x)) {
        const int first = place(tile).left, columns = min(t.columns, all_columns - first), tile_rows = place(tile).rows;
        // This lane gives ldmatrix the address of a pixel; right of the tile, where nothing is stored, any that is there. column is its
        // left neighbour's.
        const int own = group * 16 + lane % 16, column = own < columns ? own + 2 * (t.by_width.of(first + own) - t.by_width.of(first)) : 0;
        float sum[HEIGHT][4][4];
        #pragma unroll
        for (int y = 0; y < HEIGHT; y++)
            #pragma unroll
            for (int n = 0; n < 4; n++) sum[y][n][0] = sum[y][n][1] = sum[y][n][2] = sum[y][n][3] = 0;

        for (int chunk = 0; chunk < t.chunks; chunk++) {
            cp_async_wait<STAGES - 2>();
            __syncthreads();
            load();  // to the stage before this chunk's, so that stage is this chunk's again
            const bf16 *from = pixels + stage * PIXELS * CHUNK;
            const bf16 *weight = weights + (t.resident ? chunk : stage) * WEIGHTS + half * 32 * CHUNK + lane * 8;
            #pragma unroll 1  // or registers run out
            for (int kx = 0; kx < 3; kx++) {
                const bf16 *pixel = from + (column + kx) * CHUNK + (lane / 16 ^ ((column + kx) >> 2 & 1)) * 8;
                uint32_t b[3][4][2];
                #pragma unroll
                for (int ky = 0; ky < 3; ky++)
                    #pragma unroll
                    for (int pair = 0; pair < 2; pair++) {
                        uint4 w = *reinterpret_cast<const uint4 *>(weight + (ky * 3 + kx) * OUTPUTS * CHUNK + pair * 16 * CHUNK);
                        b[ky][2 * pair][0] = w.x, b[ky][2 * pair][1] = w.y, b[ky][2 * pair + 1][0] = w.z, b[ky][2 * pair + 1][1] = w.w;
                    }
                uint32_t a[HEIGHT + 2][4];
                // A row of pixels with the taps that lie on it, for rows of sums in [from, to).
                auto multiply = [&](int row, int from, int to) {
                    #pragma unroll
                    for (int ky = 0; ky < 3; ky++)
                        if (row - ky >= from && row - ky < to)
                            #pragma unroll
                            for (int n = 0; n < 4; n++) mma_m16n8k16_bf16(sum[row - ky][n], a[row], b[ky][n], sum[row - ky][n]);
                };
                #pragma unroll
                for (int row = 0; row < HALF + 2; row++) {
                    ldmatrix_x4(a[row], pixel + row * COLUMNS * CHUNK);
                    multiply(row, 0, HALF);
                }
                if (tile_rows > HALF)
                    #pragma unroll
                    for (int row = HALF; row < HEIGHT + 2; row++) {
                        if (row >= HALF + 2) ldmatrix_x4(a[row], pixel + row * COLUMNS * CHUNK);
                        multiply(row, HALF, HEIGHT);
                    }
            }
        }

        // The packed weight's order of outputs gives this lane 8 neighbours: number 2n+i in register i of instruction n.
        const int channel = tile % t.outputs * OUTPUTS + half * 32 + lane % 4 * 8;
        if (channel < s.outputs) {
            float bias[8];
            octet_bias(bias, e, channel);
            #pragma unroll
            for (int right = 0; right < 2; right++) {
                const int own = group * 16 + lane / 4 + right * 8, rows = own < columns ? tile_rows : 0;
                const int sample = t.by_width.of(first + own), top = place(tile).top;
                const size_t step = size_t(s.width) * s.outputs;
                const size_t at = pixel_index(sample, top, first + own - sample * s.width, s.height, s.width) * s.outputs + channel;
                finish_column<T, sizeof(T) == 2 ? 2 : 1>(e, at, step, rows, bias, sum, right * 2);
            }
        }
    }
}

#define CONVOLVE(name, T, groups, halves) \
    extern "C" __global__ void __launch_bounds__(32 * groups * halves) \
        name(const bf16 *input, const bf16 *packed, convolution_shape s, convolution_tiles t, convolution_epilogue e) { \
        convolve<T, groups, halves>(input, packed, s, t, e); \
    } \
    KERNEL(name)
CONVOLVE(convolution_mma_4x1_f32, float, 4, 1);
CONVOLVE(convolution_mma_2x2_f32, float, 2, 2);
CONVOLVE(convolution_mma_4x2_f32, float, 4, 2);
CONVOLVE(convolution_mma_4x1_bf16, bf16, 4, 1);
CONVOLVE(convolution_mma_2x2_bf16, bf16, 2, 2);
CONVOLVE(convolution_mma_4x2_bf16, bf16, 4, 2);
