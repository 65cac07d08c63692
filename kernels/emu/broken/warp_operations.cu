// Operations that a whole warp must make together, and matrix fragments.
#include "twins.cuh"

// out = in with neighbours exchanged; in the broken one half a warp shuffles with the mask of all.
template <bool broken>
__device__ __forceinline__ void partial_shuffle_body(const float *in, float *out, int n) {
    int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    float value = in[i];
    if (!broken || threadIdx.x % 32 < 16) value = __shfl_xor_sync(0xffffffffu, value, 1);
    out[i] = value;
}
TWINS(partial_shuffle);

// out = in with neighbours exchanged; in the broken one the halves meet in different shuffles.
template <bool broken>
__device__ __forceinline__ void divergent_shuffle_body(const float *in, float *out, int n) {
    int i = int(blockIdx.x * blockDim.x + threadIdx.x);
    float value = in[i];
    if (broken && threadIdx.x % 32 < 16) value = __shfl_xor_sync(0xffffffffu, value, 1);
    else value = __shfl_xor_sync(0xffffffffu, value, 1);
    out[i] = value;
}
TWINS(divergent_shuffle);

// The product of a warp for the first 16x16 and the next 16x8 elements of in, by rows; out is zero from its element 128 on.
template <bool broken, int fault>
__device__ __forceinline__ void product(const float *in, float *out, int n) {
    const float *left = in, *right = in + 256;
    int lane = int(threadIdx.x), group = lane / 4, pair = lane % 4 * 2;
    uint32_t a[4], b[2];
    for (int i = 0; i < 4; i++) {
        int row = group + i % 2 * 8, column = pair + i / 2 * 8;
        a[i] = pack_bf16(left[16 * row + column], left[16 * row + column + 1]);
    }
    for (int i = 0; i < 2; i++) {
        int row = pair + i * 8;
        b[i] = pack_bf16(right[8 * row + group], right[8 * (row + 1) + group]);
    }
    float d[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    if (broken && fault == 0) {
        uint32_t exchanged[2] = {b[1], b[0]};
        mma_m16n8k16_bf16(d, a, exchanged, d);
    } else if (!broken || fault != 1 || lane != 5) {
        mma_m16n8k16_bf16(d, a, b, d);
    }
    for (int i = 0; i < 4; i++) out[8 * (group + i / 2 * 8) + pair + i % 2] = d[i];
    for (int i = 128 + lane; i < n; i += 32) out[i] = 0.0f;
}

// The broken one hands over the halves of b in the wrong order.
template <bool broken>
__device__ __forceinline__ void fragment_order_body(const float *in, float *out, int n) {
    product<broken, 0>(in, out, n);
}
TWINS(fragment_order);

// In the broken one a lane is missing.
template <bool broken>
__device__ __forceinline__ void partial_product_body(const float *in, float *out, int n) {
    product<broken, 1>(in, out, n);
}
TWINS(partial_product);

// out = in rounded to TF32, as the product of in's rows of 8 with the unit matrix; the broken one leaves the rounding to the hardware,
// which truncates.
template <bool broken>
__device__ __forceinline__ void unrounded_operand_body(const float *in, float *out, int n) {
    int lane = int(threadIdx.x), group = lane / 4, pair = lane % 4;
    uint32_t a[4], b[2];
    for (int i = 0; i < 4; i++) {
        float x = in[8 * (group + i % 2 * 8) + pair + i / 2 * 4];
        a[i] = broken ? __float_as_uint(x) : round_tf32(x);
    }
    for (int i = 0; i < 2; i++) b[i] = round_tf32(pair + i * 4 == group ? 1.0f : 0.0f);
    float d[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    mma_m16n8k8_tf32(d, a, b, d);
    for (int i = 0; i < 4; i++) out[8 * (group + i / 2 * 8) + 2 * pair + i % 2] = d[i];
}
TWINS(unrounded_operand);
