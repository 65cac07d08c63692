// Weights rearranged, and rounded where products are of bf16, for the kernels that read them.
#include "device.cuh"

// The weight of one convolution, from output channels x input channels x taps of the forward convolution. inputs and outputs are those of the
// operation: an adjoint has them exchanged, and its taps turned around so that it gathers as the forward convolution does.
struct weight_layout {
	const float *weight;
	void *packed;
	uint64_t elements;
	int inputs, outputs, taps;
	int padded_inputs, padded_outputs;
	int transposed, rounded, fragment;
};
struct weight_layouts {
	weight_layout layout[60];
};

__device__ __forceinline__ float weight_at(const weight_layout &l, int tap, int input, int output) {
	if (input >= l.inputs || output >= l.outputs) return 0;
	if (!l.transposed) return l.weight[(size_t(output) * l.inputs + input) * l.taps + tap];
	return l.weight[(size_t(input) * l.outputs + output) * l.taps + (l.taps == 9 ? 8 - tap : tap)];
}

// grid y counts the layouts.
extern "C" __global__ void __launch_bounds__(256) convolution_pack(weight_layouts layouts) {
	const weight_layout &l = layouts.layout[blockIdx.y];
	for (uint64_t i = uint64_t(blockIdx.x) * 256 + threadIdx.x; i < l.elements; i += uint64_t(gridDim.x) * 256) {
		uint64_t row = i / l.padded_outputs;
		float value = weight_at(l, int(row / l.padded_inputs), int(row % l.padded_inputs), int(i % l.padded_outputs));
		static_cast<float *>(l.packed)[i] = l.rounded ? __bfloat162float(__float2bfloat16(value)) : value;
	}
}
KERNEL(convolution_pack);
