// What hopper.cuh takes for granted, by itself, as probe.cu does it for device.cuh.
#include "hopper.cuh"

// One product of 64x16 and 64x16 elements of bf16 in float32, of factors as CUTLASS names them: K-major without swizzle, ((8,8),(8,2)):((8,64),(1,512))
// for both. The sum of row m and column n is word m + 64 n, where thread t's i-th register lies by CUTLASS's layout for SM90_64x64x16,
// ((4,8,4),(2,2,8)):((128,1,16),(64,8,512)).
extern "C" __global__ void __launch_bounds__(128) probe_wgmma(const uint32_t *in, uint32_t *out) {
#if HOPPER
    DYNAMIC_SHARED(unsigned char, memory);
    uint64_t *const barrier = reinterpret_cast<uint64_t *>(memory + 4096);
    const int t = int(threadIdx.x);
    if (t == 0) barrier_init(barrier, 1);
    fence_async();
    __syncthreads();
    if (t == 0) {
        barrier_expect(barrier, 4096);
        bulk_copy(memory, in, 2048, barrier);
        bulk_copy(memory + 2048, in + 512, 2048, barrier);
    }
    barrier_wait(barrier, 0);
    float sum[32];
    #pragma unroll
    for (int i = 0; i < 32; i++) sum[i] = 1;
    wgmma_begin();
    wgmma_m64n64k16_bf16(sum, wgmma_factor(memory, 1024, 128), wgmma_factor(memory + 2048, 1024, 128), true);
    wgmma_commit();
    wgmma_wait<0>();
    wgmma_settle(sum);
    #pragma unroll
    for (int i = 0; i < 32; i++) out[t % 4 * 128 + t / 4 % 8 + t / 32 * 16 + i % 2 * 64 + i / 2 % 2 * 8 + i / 4 * 512] = __float_as_uint(sum[i]);
#endif
}
KERNEL(probe_wgmma);

// A box of 8 x 5 x 4 x 1 elements, some of them outside of the tensor.
extern "C" __global__ void __launch_bounds__(128)
    probe_box(const uint32_t *, uint32_t *out, const __grid_constant__ tensor_map map, int x, int y, int z, int w) {
#if HOPPER
    DYNAMIC_SHARED(uint32_t, memory);
    uint64_t *const barrier = reinterpret_cast<uint64_t *>(memory + 80);
    if (threadIdx.x == 0) barrier_init(barrier, 1);
    fence_async();
    __syncthreads();
    if (threadIdx.x == 0) {
        barrier_expect(barrier, 320);
        tensor_copy(memory, map, x, y, z, w, barrier);
    }
    barrier_wait(barrier, 0);
    if (threadIdx.x < 80) out[threadIdx.x] = memory[threadIdx.x];
#endif
}
KERNEL(probe_box);
