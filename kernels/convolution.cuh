// What the convolution kernels share: shapes, loads of either type as floats, and the epilogue.
//
// Arrays begin at multiples of 16 bytes, so that vectors of four or eight channels may be loaded where the number of channels is a multiple.
#pragma once
#include "device.cuh"

// A convolution over a grid of samples x height x width positions. Position (y, x) reads the side x side input pixels from (stride*y - padding,
// stride*x - padding) on. It writes the output pixel of the same place or, with a scale of 2, one of four in each phase.
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
__device__ __forceinline__ void store_vector(bf16 *to, const float (&value)[8]) {
	*reinterpret_cast<uint4 *>(to) =
	    make_uint4(pack_bf16(value[0], value[1]), pack_bf16(value[2], value[3]), pack_bf16(value[4], value[5]), pack_bf16(value[6], value[7]));
}

// load_some loads the first count of N values and zeros for the others. Where whole, each count is N or more, or less than 1, and vectors are aligned.
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

// finish_vector stores N sums, all present, whose address is that of a vector.
template <int N> __device__ __forceinline__ void finish_vector(const convolution_epilogue &e, size_t at, int channel, float (&value)[N]) {
	if (e.bfloat16)
		finish_as<N, bf16>(e, at, channel, N, true, value);
	else
		finish_as<N, float>(e, at, channel, N, true, value);
}

// finish stores the N sums of one output pixel from a channel on, as far as there are channels.
template <int N> __device__ __forceinline__ void finish(const convolution_epilogue &e, size_t pixel, int channel, int channels, float (&value)[N]) {
	int count = channels - channel;
	if (count < 1) return;
	bool whole = channels % N == 0;
	size_t at = pixel * channels + channel;
	if (e.bfloat16)
		finish_as<N, bf16>(e, at, channel, count, whole, value);
	else
		finish_as<N, float>(e, at, channel, count, whole, value);
}
