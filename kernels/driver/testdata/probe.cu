#include "device.cuh"

// What the driver's tests launch.

struct probe_values {
	float first;
	double second;
	unsigned char third;
	unsigned fourth[5];
};

// Every kind of argument arrives whole: out holds one value for each.
extern "C" __global__ void probe_arguments(double *out, int i, probe_values values, unsigned u, float f, unsigned long long l, double d) {
	if (threadIdx.x != 0) return;
	out[0] = i;
	out[1] = u;
	out[2] = double(l >> 32) + double(l & 0xffffffffu);
	out[3] = double(f);
	out[4] = d;
	out[5] = double(values.first);
	out[6] = values.second;
	out[7] = values.third;
	out[8] = values.fourth[4];
}
KERNEL(probe_arguments);

// out = in reversed within each block, through words of dynamic shared memory; one thread a block would not need the barrier.
extern "C" __global__ void probe_shared(float *out, const float *in, int words) {
	DYNAMIC_SHARED(float, tile);
	size_t begin = size_t(blockIdx.x) * size_t(words);
	for (int i = int(threadIdx.x); i < words; i += int(blockDim.x)) tile[i] = in[begin + size_t(i)];
	__syncthreads();
	for (int i = int(threadIdx.x); i < words; i += int(blockDim.x)) out[begin + size_t(i)] = tile[words - 1 - i];
}
KERNEL(probe_shared);

// value[i] = 2 value[i] + addend for i in [0, n)
extern "C" __global__ void probe_double(float *value, float addend, int n) {
	int i = int(blockIdx.x * blockDim.x + threadIdx.x);
	if (i < n) value[i] = fmaf(2.0f, value[i], addend);
}
KERNEL(probe_double);
