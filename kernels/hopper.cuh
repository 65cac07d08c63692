// What Hopper alone has: matrix products of four warps, copies of boxes by the memory accelerator, barriers that count bytes. nvcc makes it for
// compute capability 9.0 with its own instructions (sm_90a); HOPPER is 0 elsewhere, and a kernel leaves its body out then. The emulator has a
// twin of each function in emu/hopper.h.
#pragma once
#include "device.cuh"

#ifdef __CUDACC__
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
#define HOPPER 1
#else
#define HOPPER 0
#endif

// tensor_map is a CUtensorMap, made by the driver. A kernel takes it as const __grid_constant__ tensor_map.
struct alignas(128) tensor_map {
    uint64_t words[16];
};

#if HOPPER

// A barrier in shared memory counts arrivals and bytes. Its phase ends when all that it was initialised for have arrived and all bytes that were
// expected are there; the next begins. Whoever initialises it does fence_async afterwards, and a __syncthreads follows.
__device__ __forceinline__ void barrier_init(uint64_t *barrier, unsigned arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals) : "memory");
}
// barrier_expect arrives, and expects so many bytes more in this phase.
__device__ __forceinline__ void barrier_expect(uint64_t *barrier, unsigned bytes) {
    asm volatile("mbarrier.arrive.expect_tx.release.cta.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes) : "memory");
}
// barrier_wait waits for the end of the phase of a parity: the first has 0. What was copied is there for this thread then. A wait of some seconds (2^34
// cycles) is a fault, and ends the launch.
__device__ __forceinline__ void barrier_wait(uint64_t *barrier, unsigned parity) {
    const uint32_t address = shared_address(barrier);
    const long long began = clock64();
    for (uint32_t done = 0; !done;) {
        asm volatile("{\n"
                     ".reg .pred ended;\n"
                     "mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 ended, [%1], %2;\n"
                     "selp.b32 %0, 1, 0, ended;\n"
                     "}"
                     : "=r"(done)
                     : "r"(address), "r"(parity)
                     : "memory");
        if (!done && clock64() - began > 1ll << 34) __trap();
    }
}

// fence_async makes what this thread wrote to shared memory, barriers included, visible to copies and products after a __syncthreads.
__device__ __forceinline__ void fence_async() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// bulk_copy copies bytes, a multiple of 16, between addresses that are multiples of 16, and counts them at the barrier.
__device__ __forceinline__ void bulk_copy(void *shared, const void *global, unsigned bytes, uint64_t *barrier) {
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(shared_address(shared)),
                 "l"(global), "r"(bytes), "r"(shared_address(barrier))
                 : "memory");
}
// tensor_copy copies the map's box, from the element (x, y, z, w) on, to a multiple of 128 bytes. Elements outside the tensor are zeros. All of the
// box's bytes are counted at the barrier.
__device__ __forceinline__ void tensor_copy(void *shared, const tensor_map &map, int x, int y, int z, int w, uint64_t *barrier) {
    asm volatile("cp.async.bulk.tensor.4d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4, %5}], [%6];" ::"r"(
                     shared_address(shared)),
                 "l"(&map), "r"(x), "r"(y), "r"(z), "r"(w), "r"(shared_address(barrier))
                 : "memory");
}

// A factor of a product in shared memory, as rows of 16 values along the sum. Eight rows of eight values are 128 neighbouring bytes; the second half of
// the rows lies `half` bytes behind the first, the next eight rows `rows` bytes behind the eight before. A factor that begins n*16 bytes later
// has a descriptor greater by n.
__device__ __forceinline__ uint64_t wgmma_factor(const void *shared, unsigned half, unsigned rows) {
    return uint64_t((shared_address(shared) & 0x3ffff) >> 4) | uint64_t(half >> 4) << 16 | uint64_t(rows >> 4) << 32;
}

// wgmma_begin comes before the first product of a group, after whatever else touched its sums.
__device__ __forceinline__ void wgmma_begin() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
// wgmma_commit closes a group of products; wgmma_wait<n> waits until at most the newest n are unfinished. wgmma_settle follows it for sums that
// are read then: it keeps the compiler from reading them before.
__device__ __forceinline__ void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int n>
__device__ __forceinline__ void wgmma_wait() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(n) : "memory");
}
__device__ __forceinline__ void wgmma_settle(float (&d)[32]) {
    #pragma unroll
    for (int i = 0; i < 32; i++) asm volatile("" : "+f"(d[i])::"memory");
}

// d = a b', or d + a b' if add, by four warps: a of 64 rows, b of 64 rows. Lane 4g+t of warp w has, in d[4n] on, the sums of rows 16w+g and columns
// 8n+2t, 8n+2t+1, then those of row 16w+g+8.
__device__ __forceinline__ void wgmma_m64n64k16_bf16(float (&d)[32], uint64_t a, uint64_t b, bool add) {
    asm volatile(
        "{\n"
        ".reg .pred add;\n"
        "setp.ne.b32 add, %34, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, %32, %33, add, 1, 1, 0, 0;\n"
        "}"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]),
          "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]),
          "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]),
          "+f"(d[31])
        : "l"(a), "l"(b), "r"(int(add)));
}

#endif
#else
#define HOPPER 1
#include "emu/hopper.h"
#endif
