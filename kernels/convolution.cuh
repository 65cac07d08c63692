// What the convolution kernels share: shapes, loads of either type as floats, and the epilogue.
//
// Arrays begin at multiples of 16 bytes, so that vectors of four or eight channels may be loaded where the number of channels is a
// multiple.
#pragma once
#include "device.cuh"

// A convolution over a grid of samples x height x width positions. Position (y, x) reads the side x side input pixels from (stride*y -
// padding, stride*x - padding) on. It writes the output pixel of the same place or, with a scale of 2, one of four in each phase.
struct convolution_shape {
    int samples, height, width, channels, outputs;
    int taps, side, stride, padding, scale;
};

// value  = (negate ? -(sum + bias) : sum + bias) + residual[0] + residual[1]
// output = mask > 0 ? (relu ? max(value, 0) : value) : 0
//
// Null pointers are left out. A NaN stays NaN.
struct convolution_epilogue {
    const float *bias;
    const void *residual[2], *mask;
    void *output;
    int negate, relu, bfloat16, unused;  // bfloat16: residuals, mask and output are, else float
};

// n / divisor for n below 2^31 (Granlund & Montgomery 1994), without the 20 instructions of a division.
struct quotient {
    unsigned divisor, magic, shift;  // magic = 2^(32+shift) / divisor rounded up, shift = ceil(log2(divisor)) - 1
    __device__ __forceinline__ int of(int n) const { return divisor == 1 ? n : int(__umulhi(unsigned(n), magic) >> shift); }
};

// A pixel of a grid from its index, which counts samples, rows and columns.
struct pixel {
    int sample, y, x;
};
__device__ __forceinline__ pixel pixel_at(int index, int height, int width) {
    int row = index / width;
    return {row / height, row % height, index % width};
}
__device__ __forceinline__ size_t pixel_index(int sample, int y, int x, int height, int width) {
    return (size_t(sample) * height + y) * width + x;
}

__device__ __forceinline__ float to_float(float value) { return value; }
__device__ __forceinline__ float to_float(bf16 value) { return __bfloat162float(value); }
__device__ __forceinline__ void from_float(float *to, float value) { *to = value; }
__device__ __forceinline__ void from_float(bf16 *to, float value) { *to = __float2bfloat16(value); }

// load_vector and store_vector move N = 4 or 8 values, which are aligned to 4 floats or N bf16.
template <int N> __device__ __forceinline__ void load_vector(float (&value)[N], const float *from) {
    #pragma unroll
    for (int i = 0; i < N; i += 4) {
        float4 v = *reinterpret_cast<const float4 *>(from + i);
        value[i] = v.x, value[i + 1] = v.y, value[i + 2] = v.z, value[i + 3] = v.w;
    }
}
__device__ __forceinline__ void load_vector(float (&value)[4], const bf16 *from) {
    uint2 v = *reinterpret_cast<const uint2 *>(from);
    unpack_bf16(v.x, value[0], value[1]);
    unpack_bf16(v.y, value[2], value[3]);
}
__device__ __forceinline__ void load_vector(float (&value)[8], const bf16 *from) {
    uint4 v = *reinterpret_cast<const uint4 *>(from);
    unpack_bf16(v.x, value[0], value[1]);
    unpack_bf16(v.y, value[2], value[3]);
    unpack_bf16(v.z, value[4], value[5]);
    unpack_bf16(v.w, value[6], value[7]);
}
template <int N> __device__ __forceinline__ void store_vector(float *to, const float (&value)[N]) {
    #pragma unroll
    for (int i = 0; i < N; i += 4) *reinterpret_cast<float4 *>(to + i) = make_float4(value[i], value[i + 1], value[i + 2], value[i + 3]);
}
__device__ __forceinline__ void store_vector(bf16 *to, const float (&value)[4]) {
    *reinterpret_cast<uint2 *>(to) = make_uint2(pack_bf16(value[0], value[1]), pack_bf16(value[2], value[3]));
}
__device__ __forceinline__ uint4 pack_vector(const float (&value)[8]) {
    return make_uint4(pack_bf16(value[0], value[1]), pack_bf16(value[2], value[3]), pack_bf16(value[4], value[5]),
                      pack_bf16(value[6], value[7]));
}
__device__ __forceinline__ void store_vector(bf16 *to, const float (&value)[8]) {
    *reinterpret_cast<uint4 *>(to) = pack_vector(value);
}

// load_some loads the first count of N values and zeros for the others. Where whole, each count is N or more, or less than 1, and vectors
// are aligned.
template <int N, class T> __device__ __forceinline__ void load_some(float (&value)[N], const T *from, int count, bool whole) {
    if (whole && count > 0) {
        load_vector(value, from);
        return;
    }
    #pragma unroll
    for (int i = 0; i < N; i++) value[i] = i < count ? to_float(from[i]) : 0;
}

template <int N, class T>
__device__ __forceinline__ void finish_as(const convolution_epilogue &e, size_t at, int channel, int count, bool whole, float (&value)[N]) {
    float other[N];
    if (e.bias) {
        load_some(other, e.bias + channel, count, whole);
        #pragma unroll
        for (int i = 0; i < N; i++) value[i] += other[i];
    }
    if (e.negate) {
        #pragma unroll
        for (int i = 0; i < N; i++) value[i] = -value[i];
    }
    #pragma unroll
    for (int k = 0; k < 2; k++)
        if (e.residual[k]) {
            load_some(other, static_cast<const T *>(e.residual[k]) + at, count, whole);
            #pragma unroll
            for (int i = 0; i < N; i++) value[i] += other[i];
        }
    if (e.relu) {
        #pragma unroll
        for (int i = 0; i < N; i++) value[i] = value[i] < 0 ? 0 : value[i];
    }
    if (e.mask) {
        load_some(other, static_cast<const T *>(e.mask) + at, count, whole);
        #pragma unroll
        for (int i = 0; i < N; i++) value[i] = other[i] > 0 ? value[i] : 0;
    }
    T *to = static_cast<T *>(e.output) + at;
    if (whole) {
        store_vector(to, value);
        return;
    }
    #pragma unroll
    for (int i = 0; i < N; i++)
        if (i < count) from_float(to + i, value[i]);
}

// finish stores the N sums of one output pixel from a channel on, as far as there are channels.
template <int N>
__device__ __forceinline__ void finish(const convolution_epilogue &e, size_t pixel, int channel, int channels, float (&value)[N]) {
    int count = channels - channel;
    if (count < 1) return;
    bool whole = channels % N == 0;
    size_t at = pixel * channels + channel;
    if (e.bfloat16)
        finish_as<N, bf16>(e, at, channel, count, whole, value);
    else
        finish_as<N, float>(e, at, channel, count, whole, value);
}

// What kernels on tensor cores store: octets, 8 channels of a pixel that one thread has the sums of.

// An octet in memory, of which each vector is 16 bytes.
template <class T> struct octet;
template <> struct octet<bf16> {
    uint4 v;
    __device__ __forceinline__ void load(const bf16 *from) { v = *reinterpret_cast<const uint4 *>(from); }
    __device__ __forceinline__ void store(bf16 *to) const { *reinterpret_cast<uint4 *>(to) = v; }
    __device__ __forceinline__ void round(const float (&value)[8]) {
        v = pack_vector(value);
    }
    __device__ __forceinline__ void add_to(float (&value)[8]) const {
        const uint32_t pair[4] = {v.x, v.y, v.z, v.w};
        #pragma unroll
        for (int i = 0; i < 8; i += 2) {
            float low, high;
            unpack_bf16(pair[i / 2], low, high);
            value[i] += low, value[i + 1] += high;
        }
    }
    __device__ __forceinline__ void rectify() { v = make_uint4(relu_bf16(v.x), relu_bf16(v.y), relu_bf16(v.z), relu_bf16(v.w)); }
    __device__ __forceinline__ void keep(const octet &mask) {
        v = make_uint4(keep_bf16(v.x, mask.v.x), keep_bf16(v.y, mask.v.y), keep_bf16(v.z, mask.v.z), keep_bf16(v.w, mask.v.w));
    }
};
template <> struct octet<float> {
    float v[8];
    __device__ __forceinline__ void load(const float *from) { load_vector(v, from); }
    __device__ __forceinline__ void store(float *to) const { store_vector(to, v); }
    __device__ __forceinline__ void round(const float (&value)[8]) {
        #pragma unroll
        for (int i = 0; i < 8; i++) v[i] = value[i];
    }
    __device__ __forceinline__ void add_to(float (&value)[8]) const {
        #pragma unroll
        for (int i = 0; i < 8; i++) value[i] += v[i];
    }
    __device__ __forceinline__ void rectify() {
        #pragma unroll
        for (int i = 0; i < 8; i++) v[i] = v[i] < 0 ? 0 : v[i];
    }
    __device__ __forceinline__ void keep(const octet &mask) {
        #pragma unroll
        for (int i = 0; i < 8; i++) v[i] = mask.v[i] > 0 ? v[i] : 0;
    }
};

// octet_bias is ±bias from a channel on, or 0.
__device__ __forceinline__ void octet_bias(float (&bias)[8], const convolution_epilogue &e, int channel) {
    #pragma unroll
    for (int i = 0; i < 8; i++) bias[i] = 0;
    if (!e.bias) return;
    load_vector(bias, e.bias + channel);
    #pragma unroll
    for (int i = 0; i < 8; i++) bias[i] = e.negate ? -bias[i] : bias[i];
}

// finish_octets stores N octets whose sums are complete but for residuals, ReLU and mask, where they are present: the n-th at element at[n]. Loads come
// before stores, so that N of them are under way at once.
template <class T, int N>
__device__ __forceinline__ void finish_octets(const convolution_epilogue &e, const size_t (&at)[N], const bool (&present)[N], float (&value)[N][8]) {
    octet<T> result[N], mask[N];
    if (e.mask)
        #pragma unroll
        for (int n = 0; n < N; n++)
            if (present[n]) mask[n].load(static_cast<const T *>(e.mask) + at[n]);
    #pragma unroll
    for (int k = 0; k < 2; k++)
        if (e.residual[k]) {
            octet<T> residual[N];
            #pragma unroll
            for (int n = 0; n < N; n++)
                if (present[n]) residual[n].load(static_cast<const T *>(e.residual[k]) + at[n]);
            #pragma unroll
            for (int n = 0; n < N; n++)
                if (present[n]) residual[n].add_to(value[n]);
        }
    #pragma unroll
    for (int n = 0; n < N; n++) {
        result[n].round(value[n]);
        if (e.relu) result[n].rectify();
        if (e.mask && present[n]) result[n].keep(mask[n]);
        if (present[n]) result[n].store(static_cast<T *>(e.output) + at[n]);
    }
}

// The same for sums without bias and sign, of which the first present are stored, each step elements behind the one before.
template <class T, int N>
__device__ __forceinline__ void finish_octets(const convolution_epilogue &e, size_t at, size_t step, int present, const float (&bias)[8],
                                              float (&value)[N][8]) {
    const float sign = e.negate ? -1 : 1;
    size_t places[N];
    bool here[N];
    #pragma unroll
    for (int n = 0; n < N; n++) {
        places[n] = at + n * step, here[n] = n < present;
        #pragma unroll
        for (int i = 0; i < 8; i++) value[n][i] = fmaf(value[n][i], sign, bias[i]);
    }
    finish_octets<T>(e, places, here, value);
}
