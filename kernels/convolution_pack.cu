// Weights rearranged, and rounded where products are of bf16, for the kernels that read them.
#include "device.cuh"

// The order of a packed weight's elements, from the outermost to the innermost. halves of 32 outputs are a block.
enum weight_order {
    outputs_last,          // taps, inputs, outputs
    inputs_last,           // outputs, taps, inputs
    fragments,             // taps, blocks, chunks of 16 inputs, halves, fragments
    fragments_of_windows,  // blocks, chunks of 16 inputs, taps, halves, fragments
    factors,               // blocks, chunks of 16 inputs, taps, halves of the chunk, outputs in the order of factor_output, 8 inputs
};

// The weight of one convolution, from output channels x input channels x taps of the forward convolution. inputs and outputs are those of
// the operation: an adjoint has them exchanged, and its taps turned around so that it gathers as the forward convolution does.
struct weight_layout {
    const float *weight;
    void *packed;
    uint64_t elements;
    int inputs, outputs, taps;
    int padded_inputs, padded_outputs;
    int transposed, rounded;
    int order, halves;
    int narrow;  // stored in bfloat16, for an order that is else float
};
struct weight_layouts {
    weight_layout layout[50];
};

__device__ __forceinline__ float weight_at(const weight_layout &l, int tap, int input, int output) {
    if (input >= l.inputs || output >= l.outputs) return 0;
    if (!l.transposed) return l.weight[(size_t(output) * l.inputs + input) * l.taps + tap];
    return l.weight[(size_t(input) * l.outputs + output) * l.taps + (l.taps == 9 ? 8 - tap : tap)];
}

// The fragments of 16 inputs and 32 outputs for four mma_m16n8k16 are two of 32 lanes x 16 bytes: a lane's registers for two instructions.
// Column g of instruction n is not output 8n+g but 8*(g/2) + 2n + g%2, so that the sums of lane 4r+t, in columns 2t and 2t+1 of each, are
// of eight neighbouring outputs.
__device__ __forceinline__ void fragment_place(int in_fragments, int &input, int &output) {
    int high = in_fragments & 1, part = in_fragments >> 1 & 3, lane = in_fragments >> 3 & 31, pair = in_fragments >> 8;
    int g = lane / 4, n = pair * 2 + part / 2;
    input = lane % 4 * 2 + part % 2 * 8 + high;
    output = g / 2 * 8 + n * 2 + g % 2;
}

// The n-th row of a factor of 64 outputs for wgmma: the sums of lane 4g+t, in columns 2t and 2t+1 of each eight, are of eight neighbouring outputs too.
__device__ __forceinline__ int factor_output(int n) { return n / 32 * 32 + n % 8 / 2 * 8 + n / 8 % 4 * 2 + n % 2; }

// grid y counts the layouts.
extern "C" __global__ void __launch_bounds__(256) convolution_pack(weight_layouts layouts) {
    const weight_layout &l = layouts.layout[blockIdx.y];
    for (uint64_t i = uint64_t(blockIdx.x) * 256 + threadIdx.x; i < l.elements; i += uint64_t(gridDim.x) * 256) {
        if (l.order == outputs_last || l.order == inputs_last) {
            uint64_t row = i / (l.order == outputs_last ? l.padded_outputs : l.padded_inputs);
            int column = int(i % (l.order == outputs_last ? l.padded_outputs : l.padded_inputs));
            float value = l.order == outputs_last ? weight_at(l, int(row / l.padded_inputs), int(row % l.padded_inputs), column)
                                                  : weight_at(l, int(row % l.taps), column, int(row / l.taps));
            if (l.narrow)
                static_cast<bf16 *>(l.packed)[i] = __float2bfloat16(value);
            else
                static_cast<float *>(l.packed)[i] = l.rounded ? __bfloat162float(__float2bfloat16(value)) : value;
            continue;
        }
        if (l.order == factors) {
            uint64_t chunk = i / (1024 * l.taps);
            int tap = int(i / 1024 % l.taps), chunks = l.padded_inputs / 16;
            int input = int(chunk % chunks) * 16 + int(i / 512 % 2) * 8 + int(i % 8), output = int(chunk / chunks) * 64 + factor_output(int(i / 8 % 64));
            static_cast<bf16 *>(l.packed)[i] = __float2bfloat16(weight_at(l, tap, input, output));
            continue;
        }
        int input, output, chunks = l.padded_inputs / 16, blocks = l.padded_outputs / (32 * l.halves);
        fragment_place(int(i % 512), input, output);
        uint64_t rest = i / 512;
        output += int(rest % l.halves) * 32, rest /= l.halves;
        int tap, chunk, block;
        if (l.order == fragments)
            chunk = int(rest % chunks), block = int(rest / chunks % blocks), tap = int(rest / chunks / blocks);
        else
            tap = int(rest % l.taps), chunk = int(rest / l.taps % chunks), block = int(rest / l.taps / chunks);
        static_cast<bf16 *>(l.packed)[i] = __float2bfloat16(weight_at(l, tap, chunk * 16 + input, block * 32 * l.halves + output));
    }
}
KERNEL(convolution_pack);
