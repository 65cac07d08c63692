// A 3x3 convolution of bf16 by Hopper's matrix products (wgmma), sums in float32. It has never run on a device.
#include "convolution.cuh"
#include "hopper.cuh"

constexpr int THREADS = 128;
#if HOPPER
constexpr int TAPS = 9, CHUNK = 16, STAGES = 3;                  // channels of a stage, stages in flight or in use
constexpr int BLOCKS = 4, OUTPUTS = 64;                          // products of 64 positions and 64 outputs that a block of threads keeps
constexpr int OCTET = 16, WEIGHTS = TAPS * CHUNK * OUTPUTS * 2;  // bytes of 8 channels of a position, and of a chunk's weights
#endif

struct wgmma_tiles {
    int columns, rows;          // of a tile
    int across, down, outputs;  // tiles beside each other and below each other in a sample, blocks of OUTPUTS outputs
    int count;                  // of tiles
    int chunks, resident;       // of channels; resident: the weight of all chunks stays in shared memory
    int plane;                  // bytes of 8 channels of a stage, a multiple of 128
    quotient by_pitch;          // of columns + 2
};

// A block of four warps takes every gridDim.x-th tile of one sample. A stage has 16 channels of the tile and of its neighbours on all sides, each
// 8 channels in a plane of their own, position behind position, row behind row: so the input of a tap, for 64 positions in a row of the
// plane, is a factor of a product wherever it begins, and one copy serves nine taps. Positions are counted with the neighbours on the left and right,
// whose sums are dropped. The copies fill up what lies outside of the image with zeros.
//
// One thread starts the copies, two stages ahead, when all warps have done with the products that read the stage before. Products of one stage
// run while those of the next are issued.
template <class T>
__device__ __forceinline__ void convolve(const tensor_map &image, const bf16 *packed, const convolution_shape &s, const wgmma_tiles &t,
                                         const convolution_epilogue &e) {
#if HOPPER
    DYNAMIC_SHARED(unsigned char, memory);
    unsigned char *const weights = memory, *const pixels = memory + (t.resident ? t.chunks : STAGES) * WEIGHTS;
    uint64_t *const filled = reinterpret_cast<uint64_t *>(pixels + STAGES * 2 * t.plane), *const all_weights = filled + STAGES;
    const int thread = int(threadIdx.x), lane = thread % 32, warp = thread / 32;
    const int pitch = t.columns + 2, loaded = (t.rows + 2) * pitch * OCTET;  // bytes of a plane that a copy fills

    if (thread == 0)
        #pragma unroll
        for (int i = 0; i <= STAGES; i++) barrier_init(filled + i, 1);
    // Products read on to the end of a plane, for sums that are dropped.
    for (int plane = 0; plane < 2 * STAGES; plane++)
        for (int i = loaded + thread * OCTET; i < t.plane; i += THREADS * OCTET)
            *reinterpret_cast<uint4 *>(pixels + plane * t.plane + i) = make_uint4(0, 0, 0, 0);
    fence_async();
    __syncthreads();

    int loading_tile = int(blockIdx.x), loading_chunk = 0, slot = 0;
    auto load = [&] {
        if (loading_tile >= t.count) return;
        int at = loading_tile / t.outputs, x = at % t.across * t.columns, y = at / t.across % t.down * t.rows, sample = at / t.across / t.down;
        unsigned char *to = pixels + slot * 2 * t.plane;
        barrier_expect(filled + slot, 2 * loaded + (t.resident ? 0 : WEIGHTS));
        tensor_copy(to, image, loading_chunk * CHUNK, x - 1, y - 1, sample, filled + slot);
        tensor_copy(to + t.plane, image, loading_chunk * CHUNK + CHUNK / 2, x - 1, y - 1, sample, filled + slot);
        if (!t.resident)
            bulk_copy(weights + slot * WEIGHTS, packed + (size_t(loading_tile % t.outputs) * t.chunks + loading_chunk) * (WEIGHTS / 2), WEIGHTS,
                      filled + slot);
        if (++loading_chunk == t.chunks) loading_chunk = 0, loading_tile += int(gridDim.x);
        if (++slot == STAGES) slot = 0;
    };
    if (thread == 0) {
        if (t.resident) {
            barrier_expect(all_weights, t.chunks * WEIGHTS);
            for (int chunk = 0; chunk < t.chunks; chunk++)
                bulk_copy(weights + chunk * WEIGHTS, packed + (size_t(int(blockIdx.x) % t.outputs) * t.chunks + chunk) * (WEIGHTS / 2), WEIGHTS,
                          all_weights);
        }
        for (int i = 0; i < STAGES - 1; i++) load();
    }
    if (t.resident) barrier_wait(all_weights, 0);

    int stage = 0, parity = 0;
    for (int tile = int(blockIdx.x); tile < t.count; tile += int(gridDim.x)) {
        float sum[BLOCKS][32];
        #pragma unroll
        for (int block = 0; block < BLOCKS; block++)
            #pragma unroll
            for (int i = 0; i < 32; i++) sum[block][i] = 0;
        for (int chunk = 0; chunk < t.chunks; chunk++) {
            barrier_wait(filled + stage, parity);
            const uint64_t a = wgmma_factor(pixels + stage * 2 * t.plane, t.plane, 8 * OCTET);
            const uint64_t b = wgmma_factor(weights + (t.resident ? chunk : stage) * WEIGHTS, OUTPUTS * OCTET, 8 * OCTET);
            wgmma_begin();
            #pragma unroll
            for (int tap = 0; tap < TAPS; tap++)
                #pragma unroll
                for (int block = 0; block < BLOCKS; block++)
                    wgmma_m64n64k16_bf16(sum[block], a + block * 64 + tap / 3 * pitch + tap % 3, b + tap * 2 * OUTPUTS, true);
            wgmma_commit();
            wgmma_wait<1>();
            __syncthreads();  // all warps have done with the stage before this one
            if (thread == 0) load();
            if (++stage == STAGES) stage = 0, parity ^= 1;
        }
        wgmma_wait<0>();
        #pragma unroll
        for (int block = 0; block < BLOCKS; block++) wgmma_settle(sum[block]);

        // The packed weight's order of outputs gives this lane 8 neighbours twice: number 2n+i in register 4n+i of each half, the other half of
        // them for the position 8 further on.
        const int at = tile / t.outputs, x = at % t.across * t.columns, y = at / t.across % t.down * t.rows, sample = at / t.across / t.down;
        const int columns = min(t.columns, s.width - x), rows = min(t.rows, s.height - y);
        const int channel = tile % t.outputs * OUTPUTS + lane % 4 * 8;
        const float sign = e.negate ? -1 : 1;
        float bias[2][8];
        octet_bias(bias[0], e, channel);
        octet_bias(bias[1], e, channel + 32);
        #pragma unroll
        for (int block = 0; block < BLOCKS; block++) {
            size_t place[4];
            bool present[4];
            float value[4][8];
            #pragma unroll
            for (int n = 0; n < 4; n++) {
                const int position = block * 64 + warp * 16 + lane / 4 + n / 2 * 8, row = t.by_pitch.of(position), column = position - row * pitch;
                present[n] = row < rows && column < columns;
                place[n] = pixel_index(sample, y + row, x + column, s.height, s.width) * s.outputs + channel + n % 2 * 32;
                #pragma unroll
                for (int i = 0; i < 8; i++)
                    value[n][i] = fmaf(sum[block][n % 2 * 16 + i / 2 * 4 + n / 2 * 2 + i % 2], sign, bias[n % 2][i]);
            }
            finish_octets<T>(e, place, present, value);
        }
    }
#endif
}

#define CONVOLVE(name, T) \
    extern "C" __global__ void __launch_bounds__(THREADS, 2) \
        name(const __grid_constant__ tensor_map image, const bf16 *packed, convolution_shape s, wgmma_tiles t, convolution_epilogue e) { \
        convolve<T>(image, packed, s, t, e); \
    } \
    KERNEL(name)
CONVOLVE(convolution_wgmma_f32, float);
CONVOLVE(convolution_wgmma_bf16, bf16);
