// The sums of a weight gradient's slices, added in their order.
#include "device.cuh"

struct weight_gradient_slices {
    const float *partial;
    float *gradient, *bias;  // bias may be null
    int slices, taps, channels, outputs;
    int inputs_last;  // each slice is taps x outputs x channels, else taps x channels x outputs; then outputs sums for the bias
    int negate;
};

// A block adds 32 elements: group g of its 8 the slices g, g + 8, ..., then the groups in order.
extern "C" __global__ void __launch_bounds__(256) weight_gradient_reduce(weight_gradient_slices s) {
    SHARED(float, sums, 256);
    const int lane = int(threadIdx.x) % 32, group = int(threadIdx.x) / 32;
    const size_t weights = size_t(s.taps) * s.channels * s.outputs, elements = weights + s.outputs;
    const size_t element = size_t(blockIdx.x) * 32 + lane;
    const bool present = element < (s.bias ? elements : weights);
    float sum = 0;
    if (present)
        #pragma unroll 4
        for (int slice = group; slice < s.slices; slice += 8) sum += s.partial[slice * elements + element];
    sums[threadIdx.x] = sum;
    __syncthreads();
    if (group > 0 || !present) return;
    for (int g = 1; g < 8; g++) sum += sums[g * 32 + lane];
    if (s.negate) sum = -sum;
    if (element >= weights) {
        s.bias[element - weights] = sum;
        return;
    }
    size_t rest = element, last = s.inputs_last ? s.channels : s.outputs, middle = s.inputs_last ? s.outputs : s.channels;
    size_t column = rest % last, row = rest / last % middle, tap = rest / last / middle;
    size_t output = s.inputs_last ? row : column, input = s.inputs_last ? column : row;
    s.gradient[(output * s.channels + input) * s.taps + tap] = sum;
}
KERNEL(weight_gradient_reduce);
