// How the kernels that touch each element once walk through memory: in chunks, which blocks take in turn, each thread four neighbours at a time.
// Within a chunk indices have 32 bits; where a chunk begins has 64. Arrays may begin at any element: then the four are loaded one by one, by the
// same thread, so that what is computed, and in which order, does not depend on it.
#pragma once
#include "device.cuh"

constexpr unsigned threads = 256;  // of a block, as in kernels.go
constexpr unsigned chunk = 2048;   // elements, as in kernels.go

// What changes from one step to the next, as scalars.go writes it.
struct scalars {
    unsigned step;
    float learning_rate;
};

__device__ __forceinline__ unsigned length_of_chunk(uint64_t begin, uint64_t elements, unsigned chunk) {
    return static_cast<unsigned>(min(elements - begin, static_cast<uint64_t>(chunk)));
}

__device__ __forceinline__ bool aligned(const void *address, unsigned bytes) { return reinterpret_cast<uint64_t>(address) % bytes == 0; }

__device__ __forceinline__ float load(const float *from) { return *from; }
__device__ __forceinline__ float load(const bf16 *from) { return __bfloat162float(*from); }
__device__ __forceinline__ void store(float *to, float value) { *to = value; }
__device__ __forceinline__ void store(bf16 *to, float value) { *to = __float2bfloat16(value); }

__device__ __forceinline__ float4 load_vector(const float *from) { return *reinterpret_cast<const float4 *>(from); }
__device__ __forceinline__ float4 load_vector(const bf16 *from) {
    uint2 packed = *reinterpret_cast<const uint2 *>(from);
    float4 values;
    unpack_bf16(packed.x, values.x, values.y);
    unpack_bf16(packed.y, values.z, values.w);
    return values;
}
__device__ __forceinline__ void store_vector(float *to, float4 values) { *reinterpret_cast<float4 *>(to) = values; }
__device__ __forceinline__ void store_vector(bf16 *to, float4 values) {
    *reinterpret_cast<uint2 *>(to) = make_uint2(pack_bf16(values.x, values.y), pack_bf16(values.z, values.w));
}

// load4 reads the elements i to i + 3 of an array, those from end on as zero. If vectors, the array is aligned to four elements and i is a
// multiple of 4.
template <class T> __device__ __forceinline__ float4 load4(const T *array, unsigned i, unsigned end, bool vectors) {
    if (vectors && i + 4 <= end) return load_vector(array + i);
    return make_float4(i < end ? load(array + i) : 0.0f, i + 1 < end ? load(array + i + 1) : 0.0f, i + 2 < end ? load(array + i + 2) : 0.0f,
                       i + 3 < end ? load(array + i + 3) : 0.0f);
}

// store4 writes the elements i to i + 3 of an array, but none from end on.
template <class T> __device__ __forceinline__ void store4(T *array, unsigned i, unsigned end, bool vectors, float4 values) {
    if (vectors && i + 4 <= end) return store_vector(array + i, values);
    if (i < end) store(array + i, values.x);
    if (i + 1 < end) store(array + i + 1, values.y);
    if (i + 2 < end) store(array + i + 2, values.z);
    if (i + 3 < end) store(array + i + 3, values.w);
}
