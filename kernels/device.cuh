// The one header of a kernel: what a .cu file may use beyond C++17 and plain CUDA.
//
// nvcc compiles it for devices of compute capability 8.0 and up, with inline PTX. Any other compiler gets the same names
// from the emulator (emu/emu.h), which runs the kernel on the CPU and checks it. A function with PTX has its twin there, and there
// is no PTX elsewhere, so both compilers always see the same kernel.
#pragma once

#ifdef __CUDACC__

#include <cstdint>
#include <cuda_bf16.h>

// SHARED(float, tile, 128) declares an array in shared memory, one for each block; its size is a constant.
#define SHARED(T, name, n) __shared__ __align__(16) T name[n]

// DYNAMIC_SHARED(float, tile) is the shared memory whose size the launch states. A kernel has at most one.
#define DYNAMIC_SHARED(T, name)                                      \
    extern __shared__ __align__(128) unsigned char dynamic_shared[]; \
    T *const name = reinterpret_cast<T *>(dynamic_shared)

// KERNEL(name); after an extern "C" __global__ function tells the emulator of it; the driver finds it by its name.
#define KERNEL(name) static_assert(true, "")

__device__ __forceinline__ uint32_t shared_address(const void *p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

// pack_bf16 rounds two floats to nearest even; the first is the low half, as the matrix instructions want it.
__device__ __forceinline__ uint32_t pack_bf16(float low, float high) {
    uint32_t packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

// relu_bf16 is max(x, 0) of both halves; a NaN stays one. keep_bf16 is the halves of x whose mask is positive, and zeros.
__device__ __forceinline__ uint32_t relu_bf16(uint32_t x) {
    __nv_bfloat162 result =
        __hmax2_nan(reinterpret_cast<__nv_bfloat162 &>(x), __nv_bfloat162{__ushort_as_bfloat16(0), __ushort_as_bfloat16(0)});
    return reinterpret_cast<uint32_t &>(result);
}
__device__ __forceinline__ uint32_t keep_bf16(uint32_t x, uint32_t mask) {
    return x & __hgt2_mask(reinterpret_cast<__nv_bfloat162 &>(mask), __nv_bfloat162{__ushort_as_bfloat16(0), __ushort_as_bfloat16(0)});
}

// round_tf32 rounds to the 10 fraction bits of TF32, ties away from zero.
__device__ __forceinline__ uint32_t round_tf32(float x) {
    uint32_t rounded;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x));
    return rounded;
}

// d = a b + c by a whole warp: a is 16x16 by rows, b 16x8 by columns, c and d 16x8. Lane 4g+t holds, in the order of the registers,
// of a the pairs (g, 2t), (g+8, 2t), (g, 2t+8), (g+8, 2t+8), of b (2t, g), (2t+8, g), of c and d (g, 2t), (g, 2t+1), (g+8, 2t), (g+8,
// 2t+1).
__device__ __forceinline__ void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], const float (&c)[4]) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%11,%12,%13};"
                 : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c[0]), "f"(c[1]), "f"(c[2]), "f"(c[3]));
}

// The same for a of 16x8 and b of 8x8, of values from round_tf32: lane 4g+t holds of a (g, t), (g+8, t), (g, t+4), (g+8, t+4), of b
// (t, g), (t+4, g).
__device__ __forceinline__ void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], const float (&c)[4]) {
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%11,%12,%13};"
                 : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c[0]), "f"(c[1]), "f"(c[2]), "f"(c[3]));
}

// ldmatrix loads two or four tiles of 8x8 16-bit values from shared memory; lane i gives the address of row i%8 of tile i/8 (16 bytes,
// aligned). Lane 4g+t receives the pair (g, 2t) of each tile; _trans transposes the tiles: the pair is (2t, g), (2t+1, g).
__device__ __forceinline__ void ldmatrix_x4(uint32_t (&r)[4], const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(row))
                 : "memory");
}
__device__ __forceinline__ void ldmatrix_x4_trans(uint32_t (&r)[4], const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(row))
                 : "memory");
}
__device__ __forceinline__ void ldmatrix_x2(uint32_t (&r)[2], const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0,%1}, [%2];" : "=r"(r[0]), "=r"(r[1]) : "r"(shared_address(row)) : "memory");
}
__device__ __forceinline__ void ldmatrix_x2_trans(uint32_t (&r)[2], const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];"
                 : "=r"(r[0]), "=r"(r[1])
                 : "r"(shared_address(row))
                 : "memory");
}

// cp_async copies 16 or 4 bytes from global to shared memory, both aligned to that size. The bytes are there for this thread after the
// cp_async_wait that covers them, for others after a barrier behind it. _zfill writes zeros where !valid and does not read then.
__device__ __forceinline__ void cp_async16(void *shared, const void *global) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(shared)), "l"(global) : "memory");
}
__device__ __forceinline__ void cp_async16_zfill(void *shared, const void *global, bool valid) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)), "l"(global), "r"(valid ? 16 : 0)
                 : "memory");
}
__device__ __forceinline__ void cp_async4_zfill(void *shared, const void *global, bool valid) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(shared_address(shared)), "l"(global), "r"(valid ? 4 : 0) : "memory");
}

// cp_async_commit closes a group of copies; cp_async_wait<n> waits until at most the newest n groups of this thread are unfinished.
__device__ __forceinline__ void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int n>
__device__ __forceinline__ void cp_async_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(n) : "memory");
}

#else
#include "emu/emu.h"
#endif

typedef __nv_bfloat16 bf16;

// unpack_bf16 is the inverse of pack_bf16 and exact.
__device__ __forceinline__ void unpack_bf16(uint32_t packed, float &low, float &high) {
    low = __uint_as_float(packed << 16);
    high = __uint_as_float(packed & 0xffff0000u);
}
