// Misuse of what goes on beside the threads at compute capability 9.0: copies that barriers count, and products of four warps.
#include "hopper.cuh"
#include "twins.cuh"

// A barrier for one arrival, which all threads see.
__device__ __forceinline__ void begin(uint64_t *barrier) {
    if (threadIdx.x == 0) barrier_init(barrier, 1);
    fence_async();
    __syncthreads();
}

// out = in, reversed, by a copy of 256 floats; the broken one reads before the barrier is waited for.
template <bool broken>
__device__ __forceinline__ void copy_before_wait_body(const float *in, float *out, int n) {
    SHARED(float, tile, 256);
    SHARED(uint64_t, barrier, 1);
    begin(barrier);
    if (threadIdx.x == 0) {
        barrier_expect(barrier, 1024);
        bulk_copy(tile, in, 1024, barrier);
    }
    __syncthreads();
    if (!broken) barrier_wait(barrier, 0);
    for (int i = int(threadIdx.x); i < n; i += 128) out[i] = tile[255 - i];
    if (broken) barrier_wait(barrier, 0);
}
TWINS(copy_before_wait);

// The same; one thread waits, and the others need a __syncthreads behind it.
template <bool broken>
__device__ __forceinline__ void copy_seen_by_one_body(const float *in, float *out, int n) {
    SHARED(float, tile, 256);
    SHARED(uint64_t, barrier, 1);
    begin(barrier);
    if (threadIdx.x == 0) {
        barrier_expect(barrier, 1024);
        bulk_copy(tile, in, 1024, barrier);
    }
    __syncthreads();
    if (threadIdx.x == 0) barrier_wait(barrier, 0);
    if (!broken) __syncthreads();
    for (int i = int(threadIdx.x); i < n; i += 128) out[i] = tile[255 - i];
}
TWINS(copy_seen_by_one);

// The same; the broken one expects bytes that nobody copies.
template <bool broken>
__device__ __forceinline__ void expected_bytes_body(const float *in, float *out, int n) {
    SHARED(float, tile, 256);
    SHARED(uint64_t, barrier, 1);
    begin(barrier);
    if (threadIdx.x == 0) {
        barrier_expect(barrier, broken ? 1040 : 1024);
        bulk_copy(tile, in, 1024, barrier);
    }
    barrier_wait(barrier, 0);
    for (int i = int(threadIdx.x); i < n; i += 128) out[i] = tile[255 - i];
}
TWINS(expected_bytes);

// Two factors of 64 rows x 16 values, from in, eight rows of eight values together.
__device__ __forceinline__ void load_factors(bf16 *factors, const float *in) {
    for (int i = int(threadIdx.x); i < 2048; i += 128) {
        int row = i / 16 % 64, column = i % 16;
        factors[i / 1024 * 1024 + column / 8 * 512 + row * 8 + column % 8] = __float2bfloat16(in[i]);
    }
}
__device__ __forceinline__ void store_sums(float *out, const float (&sum)[32]) {
    int t = int(threadIdx.x);
    for (int i = 0; i < 32; i++) out[(t / 32 * 16 + t / 4 % 8 + i / 2 % 2 * 8) * 64 + i / 4 * 8 + t % 4 * 2 + i % 2] = sum[i];
}

enum class fault { none, unfenced_factor, product_before_wait, missing_begin, warps_disagree, factor_overwritten, product_never_awaited };

// out = the product of the factors.
template <fault kind>
__device__ __forceinline__ void multiply(const float *in, float *out) {
    SHARED(bf16, factors, 2048);
    load_factors(factors, in);
    if (kind != fault::unfenced_factor) fence_async();
    __syncthreads();
    float sum[32];
    for (int i = 0; i < 32; i++) sum[i] = 0;
    const uint64_t a = wgmma_factor(factors, 1024, 128), b = wgmma_factor(factors + 1024, 1024, 128);
    if (kind != fault::missing_begin) wgmma_begin();
    wgmma_m64n64k16_bf16(sum, kind == fault::warps_disagree && threadIdx.x >= 96 ? b : a, b, true);
    wgmma_commit();
    if (kind == fault::product_never_awaited) return;
    if (kind == fault::product_before_wait) store_sums(out, sum);
    if (kind == fault::factor_overwritten) {
        __syncthreads();
        load_factors(factors, in + 1);
    }
    wgmma_wait<0>();
    wgmma_settle(sum);
    if (kind != fault::product_before_wait) store_sums(out, sum);
}

#define FAULT(name)                                                                \
    template <bool broken>                                                         \
    __device__ __forceinline__ void name##_body(const float *in, float *out, int) { \
        multiply<broken ? fault::name : fault::none>(in, out);                     \
    }                                                                              \
    TWINS(name)
FAULT(unfenced_factor);
FAULT(product_before_wait);
FAULT(missing_begin);
FAULT(warps_disagree);
FAULT(factor_overwritten);
FAULT(product_never_awaited);
