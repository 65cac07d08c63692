// Package kernels holds the CUDA kernels, one .cu file an operation with one Go file that launches it. What an operation means is in package program;
// here is how a GPU computes it. Built with the tag gpu, on package driver; nothing is allocated or waited for here, and every launch can be captured
// in a graph: what changes from step to step is read from device memory (see Scalars).
//
// # How to add a kernel
//
// Say there shall be an operation Scale, output[i] = factor * input[i].
//
// 1. engine/program/scale.go: the struct with its tensors and constants, Reads, Writes, Check, how it is differentiated, and scaleCases with bounds,
// listed in Cases. engine/device/reference and engine/device/cpu get a loop each. From here on every device's suite fails until it has the operation.
//
// 2. kernels/scale.cu, which includes only headers of this folder. A kernel without special needs walks through memory as memory.cuh says:
//
//	#include "memory.cuh"
//
//	// output[i] = factor * input[i]
//	extern "C" __global__ void __launch_bounds__(threads)
//	    scale(const float *input, float *output, uint64_t elements, float factor, int vectors) {
//	    for (uint64_t begin = uint64_t(blockIdx.x) * chunk; begin < elements; begin += uint64_t(gridDim.x) * chunk) {
//	        unsigned end = length_of_chunk(begin, elements, chunk);
//	        for (unsigned i = 4 * threadIdx.x; i < end; i += 4 * threads) {
//	            float4 v = load4(input + begin, i, end, vectors);
//	            store4(output + begin, i, end, vectors, make_float4(factor * v.x, factor * v.y, factor * v.z, factor * v.w));
//	        }
//	    }
//	}
//	KERNEL(scale);
//
// 3. kernels/scale.go: a struct of addresses and sizes whose godoc is the formula, and the method that checks and launches. Arguments have the
// types of the kernel's parameters, in their order:
//
//	func (k *Kernels) Scale(s driver.Stream, a Scale) error {
//		return k.launch(s, "scale", "scale", k.blocks(parts(a.Elements, chunk)), block, 0,
//			a.Input, a.Output, uint64(a.Elements), a.Factor, aligned(16, a.Input, a.Output))
//	}
//
// 4. engine/device/cuda: a case in the switch of unit.go that turns the operation into that struct.
//
// 5. Tests. The suite runs the operation's cases; what it cannot meet (alignments, sizes around chunk, more chunks than blocks, values that are
// not finite) gets a test here, with harness_test.go. No GPU is needed: the emulator compiles every .cu file of this folder by the host's
// compiler and, in its mode check, reports races, reads of what was not written, wrong addresses and misaligned vectors with their line:
//
//	scripts/cuda-emulator.sh check -- go test -tags gpu ./kernels ./engine/device/cuda
//
// 6. make gpu compiles the .cu file into image/, embeds it in the program, and fails if a kernel spills registers. On a machine with a GPU the
// same tests run on it when TWEEDIE_CUDA_DRIVER names its libcuda.so.1.
//
// # What a kernel may use
//
// The subset of CUDA that the emulator runs, so that each kernel is proven without a GPU:
//
//  1. Include headers of this folder only, each of which comes to device.cuh. Kernels are extern "C" __global__ and followed by KERNEL(name);
//     the name is unique in the folder.
//  2. Shared memory is SHARED(type, name, constant) or DYNAMIC_SHARED(type, name), and is written before it is read.
//  3. Blocks have a multiple of 32 threads. All threads of a block come to each __syncthreads, at the same line: none returns before one.
//  4. Shuffles, votes, ldmatrix and mma are done by whole warps, at one line with one mask. They are no fences: what another lane wrote
//     to shared memory is read after __syncwarp or __syncthreads. Shuffles move 32 bits.
//  5. Blocks of one launch have no order: what one needs of another takes a second launch. Atomics are for integers; sums of floats have
//     one order, so that results repeat bit by bit, and depend neither on the grid nor on alignment.
//  6. Inline PTX stands in device.cuh, and in hopper.cuh where only compute capability 9.0 has it, with its twin in emu/, and nowhere else.
//  7. Each operation rounds once: nothing is contracted (nvcc -fmad=false) and no fast approximations are used. A fused multiply-add is
//     written fmaf. Division and square root that matter are __fdiv_rn and __fsqrt_rn.
//  8. Parameters are pointers, 32- and 64-bit numbers and small structs. No device heap, textures, printf, C++ library or recursion.
//  9. A thread's arrays are small and indexed by constants once loops are unrolled, so that they are registers.
//
// Indices have 64 bits where an array may pass 2^31 elements, 32 within a chunk of it. Sums are double where one value comes of many (loss,
// norm), else float32. Arrays of bfloat16 are computed in float32 and rounded to nearest even when they are stored.
//
// # What bounds each kernel
//
// Bytes and operations for each element, and for each output pixel of a convolution. An H200 moves 4.8 TB/s, and computes 67 TFLOP/s in float32
// and some 790 TFLOP/s in bfloat16 on tensor cores: with less than 14 operations a byte in float32, or 165 on tensor cores, memory bounds a
// kernel. The time is the greater of both for one training step of DnCNN with 17 layers of 64 channels on 128 patches of 40x40: 204800 pixels,
// 555137 weights. It is arithmetic; none of it was measured on a GPU yet.
//
//	                                  bytes  FLOP  FLOP/byte  bound by      time
//	patches, from uint8 (uint16)      5 (6)     1        0.2  launch      0.2 us
//	add_noise                             8    30        3.8  launch      0.5 us  (80 instructions an element, most of them on integers)
//	observe                               8   200         25  launch        3 us  (70 instructions a random word, two to ten words an element)
//	draw_conditions                       -                  launch
//	mse, l1, two launches each           12     4        0.3  launch      0.5 us
//	random_probe                          4   190         47  launch      2 us  (20 operations for signs)
//	displace                             16    10        0.6  launch      0.7 us
//	sure, two launches                   24    15        0.6  launch      1.0 us
//	gradient_norm, two launches           4     2        0.5  launch      0.5 us  (in double)
//	adam with average                    36    17        0.5  memory      4.2 us
//	adam (average)                  28 (12)  14 (3)      0.5  memory      3.2 us (1.4 us)
//	record                                             -      launch
//	add of k, float32 (bfloat16)  4k+4 (2k+2)  k-1     < 0.2  memory      4 and 2 bytes more with a mask
//	channels, noise_map, extend         8 (4)   0          0  memory
//	silu                                8 (4)  25        3.1  memory      4 (2) bytes more for each factor
//	scale_samples                       8 (4)   1      < 0.2  memory      4 (2) bytes more for a second input
//	curve                                   8  < 30      < 3.8  memory      4 bytes more for each factor
//	precondition                            -                  launch
//	epilogue, of a library's sums    8 (6)   0-6      < 0.8  memory      4 (2) bytes more for each residual and mask
//	exchange                         8 (4)     0          0  memory
//	channel_sums, two launches       4 (2)     1        0.2  memory
//
//	convolution 3x3, 64 > 64, bf16      256  73728       288  products   19.1 us  of 10.9 us for memory
//	  its data gradient, masked         384  73728       192  products   19.1 us  of 16.4 us for memory
//	  its weight gradient               256  73728       288  products   19.1 us  of 10.9 us for memory
//	  the three together                896 221184       247  products   57.3 us
//	convolution 3x3, 64 > 64, float32   512  73728       144  products    225 us  of 21.8 us for memory
//	convolution 3x3, 1 > 64, to bf16    132   1152       8.7  memory      5.6 us
//	convolution 3x3, 64 > 1, residual   136   1152       8.5  memory      5.8 us
//	convolution 1x1, 64 > 64, bf16      256   8192        32  memory
//	convolution 2x2, 64 > 128, bf16     768  65536        85  memory
//
// A launch within a graph takes some 2 us, so that what is bound by it costs the step seven launches, 14 us of at least 900, however it is
// written. Bias, ReLU, residuals and mask are part of the convolution that they belong to: as passes of their own they would leave 144 operations
// a byte forward and 115 backward, and memory would bound the tensor cores. The norm and Adam take all weights in one launch for the same
// reason: one for each of the 34 weights and biases would take 70 us.
//
// The times of products are those at 790 TFLOP/s, which mma.sync cannot reach on Hopper (see convolveWindows: at most 62 % of the peak); 45 % of it in
// training asks for 7 of 10 cycles that mma.sync could use. The algorithm wgmma computes the same convolution by Hopper's own products, copies and
// barriers, which could reach 60 %. None of its instructions has ever run: they were proven on an emulation that follows NVIDIA's description. So it is
// compared with mma on each device first (CompareWgmma), and timed by new runs only if TWEEDIE_WGMMA=1 asks for it. There is no weight gradient by
// wgmma yet.
package kernels
