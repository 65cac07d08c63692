// One kernel for each kind of instruction in device.cuh, and for the arithmetic that every kernel relies on. The host computes the same and
// compares: what the emulator does is here compared with a device. Each reads words and writes words.
#include "device.cuh"

// One product of 16x16 and 16x8 elements of bf16 in float32. The fragments are addressed by the layouts that CUTLASS gives for
// SM80_16x8x16_F32BF16BF16F32_TN, not by the description in device.cuh: a at row m, column k is word m + 16 k, b at k, n is word
// n + 8 k, c and d at m, n word m + 16 n.
extern "C" __global__ void probe_mma_bf16(const uint32_t *in, uint32_t *out) {
    const uint32_t *left = in, *right = in + 256, *sum = in + 384;
    int t = int(threadIdx.x) % 4, g = int(threadIdx.x) / 4;
    uint32_t a[4], b[2];
    float c[4], d[4];
    for (int i = 0; i < 4; i++) {
        int first = 32 * t + g + 8 * (i % 2) + 128 * (i / 2);
        a[i] = left[first] | left[first + 16] << 16;
    }
    for (int i = 0; i < 2; i++) {
        int first = 16 * t + g + 64 * i;
        b[i] = right[first] | right[first + 8] << 16;
    }
    for (int i = 0; i < 4; i++) c[i] = __uint_as_float(sum[32 * t + g + 16 * (i % 2) + 8 * (i / 2)]);
    mma_m16n8k16_bf16(d, a, b, c);
    for (int i = 0; i < 4; i++) out[32 * t + g + 16 * (i % 2) + 8 * (i / 2)] = __float_as_uint(d[i]);
}
KERNEL(probe_mma_bf16);

// The same for 16x8 and 8x8 elements of TF32, by SM80_16x8x8_F32TF32TF32F32_TN.
extern "C" __global__ void probe_mma_tf32(const uint32_t *in, uint32_t *out) {
    const uint32_t *left = in, *right = in + 128, *sum = in + 192;
    int t = int(threadIdx.x) % 4, g = int(threadIdx.x) / 4;
    uint32_t a[4], b[2];
    float c[4], d[4];
    for (int i = 0; i < 4; i++) a[i] = left[16 * t + g + 8 * (i % 2) + 64 * (i / 2)];
    for (int i = 0; i < 2; i++) b[i] = right[8 * t + g + 32 * i];
    for (int i = 0; i < 4; i++) c[i] = __uint_as_float(sum[32 * t + g + 16 * (i % 2) + 8 * (i / 2)]);
    mma_m16n8k8_tf32(d, a, b, c);
    for (int i = 0; i < 4; i++) out[32 * t + g + 16 * (i % 2) + 8 * (i / 2)] = __float_as_uint(d[i]);
}
KERNEL(probe_mma_tf32);

// All four forms of ldmatrix, of 32 rows of 8 halves in a scattered order: lane i names row (5 i + 3) mod 32. 12 words a lane.
extern "C" __global__ void probe_ldmatrix(const uint32_t *in, uint32_t *out) {
    SHARED(uint32_t, tile, 128);
    int lane = int(threadIdx.x);
    for (int i = 0; i < 4; i++) tile[4 * lane + i] = in[4 * lane + i];
    __syncwarp();
    const uint32_t *row = tile + (5 * lane + 3) % 32 * 4;
    uint32_t four[4], two[2];
    ldmatrix_x4(four, row);
    for (int i = 0; i < 4; i++) out[12 * lane + i] = four[i];
    ldmatrix_x4_trans(four, row);
    for (int i = 0; i < 4; i++) out[12 * lane + 4 + i] = four[i];
    ldmatrix_x2(two, row);
    for (int i = 0; i < 2; i++) out[12 * lane + 8 + i] = two[i];
    ldmatrix_x2_trans(two, row);
    for (int i = 0; i < 2; i++) out[12 * lane + 10 + i] = two[i];
}
KERNEL(probe_ldmatrix);

// Asynchronous copies of 64 threads, in two groups: 4 words each, 4 words or zeros, and one word or zero, zeros for threads that are no
// multiple of 3. 576 words.
extern "C" __global__ void probe_cp_async(const uint32_t *in, uint32_t *out) {
    SHARED(uint32_t, tile, 576);
    int i = int(threadIdx.x);
    bool valid = i % 3 == 0;
    cp_async16(tile + 4 * i, in + 4 * i);
    cp_async_commit();
    cp_async16_zfill(tile + 256 + 4 * i, in + 4 * (63 - i), valid);
    cp_async4_zfill(tile + 512 + i, in + i, valid);
    cp_async_commit();
    cp_async_wait<1>();
    __syncthreads();
    for (int k = 0; k < 4; k++) out[4 * i + k] = tile[255 - 4 * i - k];
    cp_async_wait<0>();
    __syncthreads();
    for (int k = 0; k < 5; k++) out[256 + 5 * i + k] = tile[256 + 5 * i + k];
}
KERNEL(probe_cp_async);

// Shuffles and votes, 6 words a lane: from lane 9 of eight, from 3 below within 8, from 5 above within 16, from lane^17, who has an odd
// word, and whether any and all have one.
extern "C" __global__ void probe_warp(const uint32_t *in, uint32_t *out) {
    const unsigned all = 0xffffffffu;
    int lane = int(threadIdx.x);
    uint32_t word = in[lane];
    uint32_t *to = out + 6 * lane;
    to[0] = __shfl_sync(all, word, 9, 8);
    to[1] = __shfl_up_sync(all, word, 3, 8);
    to[2] = __shfl_down_sync(all, word, 5, 16);
    to[3] = __shfl_xor_sync(all, word, 17);
    to[4] = __ballot_sync(all, int(word & 1));
    to[5] = uint32_t(__any_sync(all, int(word & 1))) + 2 * uint32_t(__all_sync(all, int(word & 1)));
}
KERNEL(probe_warp);

// Arithmetic of x, y and z, one of each a thread and 14 words out of it. What is not written fmaf must round twice.
extern "C" __global__ void probe_arithmetic(const uint32_t *in, uint32_t *out) {
    uint32_t i = blockIdx.x * blockDim.x + threadIdx.x, n = gridDim.x * blockDim.x;
    float x = __uint_as_float(in[i]), y = __uint_as_float(in[n + i]), z = __uint_as_float(in[2 * n + i]);
    uint32_t *to = out + 14 * i;
    to[0] = __float_as_uint(x * y + z);
    to[1] = __float_as_uint(fmaf(x, y, z));
    to[2] = __float_as_uint(__fdiv_rn(x, y));
    to[3] = __float_as_uint(x / y);
    to[4] = __float_as_uint(__fsqrt_rn(fabsf(x)));
    to[5] = __umulhi(in[i], in[n + i]);
    to[6] = pack_bf16(x, y);
    to[7] = round_tf32(x);
    to[8] = uint32_t(__bfloat16_as_ushort(__float2bfloat16(z)));
    float low, high;
    unpack_bf16(in[i], low, high);
    to[9] = __float_as_uint(low) ^ __float_as_uint(high);
    to[10] = relu_bf16(in[i]);
    to[11] = keep_bf16(in[n + i], in[i]);
    reinterpret_cast<double *>(to)[6] = double(x) * double(y) + double(z);
}
KERNEL(probe_arithmetic);
