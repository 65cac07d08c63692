//go:build gpu

package cudnn

// #include "calls.h"
import "C"

import (
	"errors"
	"fmt"
	"math"

	"tweedie/kernels/driver"
)

// Shape says what a convolution is over. Height and Width are the input's; the output has (size + 2 Padding - Kernel) / Stride + 1 rows and
// columns. Input, output and weight are all float32, without TF32, or all bfloat16, with sums in float32.
type Shape struct {
	Batch, Height, Width, Channels, OutChannels int
	Kernel, Stride, Padding                     int
	BFloat16                                    bool
}

func (s Shape) output(size int) int { return (size+2*s.Padding-s.Kernel)/s.Stride + 1 }

func (s Shape) String() string {
	return fmt.Sprintf("%dx%d convolution of stride %d from %dx%dx%dx%d to %d channels", s.Kernel, s.Kernel, s.Stride, s.Batch, s.Height, s.Width, s.Channels, s.OutChannels)
}

// Direction is one of the three computations of a convolution.
type Direction int

// The directions. A weight's gradient is computed in float32 only, since cuDNN would round its result to bfloat16.
const (
	Forward        Direction = C.CUDNN_FORWARD
	DataGradient   Direction = C.CUDNN_DATA_GRADIENT
	WeightGradient Direction = C.CUDNN_WEIGHT_GRADIENT
)

// Algorithm is one of cuDNN's ways to compute a direction.
type Algorithm struct {
	Number    int   // cuDNN's, of that direction
	Workspace int64 // bytes of device memory that it needs besides
}

// Convolution is a shape that cuDNN has been told of.
type Convolution struct {
	shape       Shape
	handle      *Handle
	descriptors C.struct_cudnn_convolution
}

// NewConvolution describes a convolution to cuDNN, which needs no device.
func (h *Handle) NewConvolution(s Shape) (*Convolution, error) {
	fits := s.Padding >= 0 && s.Padding < s.Kernel && s.Height+2*s.Padding >= s.Kernel && s.Width+2*s.Padding >= s.Kernel
	for _, size := range []int{s.Batch, s.Height, s.Width, s.Channels, s.OutChannels, s.Kernel, s.Stride} {
		fits = fits && size >= 1 && size <= math.MaxInt32
	}
	if !fits {
		return nil, fmt.Errorf("cuDNN: there is no %v with padding %d", s, s.Padding)
	}
	shape := C.struct_cudnn_shape{
		batch: C.int(s.Batch), height: C.int(s.Height), width: C.int(s.Width), inputs: C.int(s.Channels), outputs: C.int(s.OutChannels),
		kernel: C.int(s.Kernel), stride: C.int(s.Stride), padding: C.int(s.Padding),
		output_height: C.int(s.output(s.Height)), output_width: C.int(s.output(s.Width)),
		_type: C.CUDNN_TYPE_FLOAT32, math: C.CUDNN_MATH_FUSED_MULTIPLY_ADD,
	}
	if s.BFloat16 {
		shape._type, shape.math = C.CUDNN_TYPE_BFLOAT16, C.CUDNN_MATH_TENSOR_CORE
	}
	c := &Convolution{shape: s, handle: h}
	if err := check(C.cudnn_describe(&c.descriptors, &shape), "%v", s); err != nil {
		C.cudnn_forget(&c.descriptors)
		return nil, err
	}
	var size [4]C.int
	err := check(C.cudnn_output_size(&c.descriptors, &size[0]), "%v", s)
	if want := [4]C.int{shape.batch, shape.outputs, shape.output_height, shape.output_width}; err == nil && size != want {
		err = fmt.Errorf("cuDNN: a %v has an output of %v for cuDNN, not of %v", s, size, want)
	}
	if err != nil {
		C.cudnn_forget(&c.descriptors)
		return nil, err
	}
	return c, nil
}

// Close forgets the convolution.
func (c *Convolution) Close() { C.cudnn_forget(&c.descriptors) }

var errWeightGradient = errors.New("cuDNN rounds the gradient of a bfloat16 weight to bfloat16; compute it otherwise")

// Algorithms lists those that give the same bits each time, the one that cuDNN expects to be the fastest first. It lists none for a
// gradient of bfloat16 weights.
func (c *Convolution) Algorithms(d Direction) ([]Algorithm, error) {
	if d == WeightGradient && c.shape.BFloat16 {
		return nil, nil
	}
	var results [C.CUDNN_MOST_ALGORITHMS]C.struct_cudnn_performance
	var found C.int
	if err := check(C.cudnn_find(c.handle.handle, C.int(d), &c.descriptors, &found, &results[0]), "algorithms for a %v", c.shape); err != nil {
		return nil, err
	}
	var algorithms []Algorithm
	known := map[int]bool{} // cuDNN lists some for several kinds of arithmetic, of which the description allows one
	for _, result := range results[:found] {
		number := int(result.algorithm)
		if result.status != 0 || result.determinism != C.CUDNN_IS_DETERMINISTIC || known[number] {
			continue
		}
		known[number] = true
		if algorithm, err := c.Algorithm(d, number); err == nil {
			algorithms = append(algorithms, algorithm)
		}
	}
	return algorithms, nil
}

// Algorithm is the one of a number, as a Plan records it. One that this version or this device lacks is an error.
func (c *Convolution) Algorithm(d Direction, number int) (Algorithm, error) {
	if d == WeightGradient && c.shape.BFloat16 {
		return Algorithm{}, errWeightGradient
	}
	var bytes C.size_t
	err := check(C.cudnn_workspace(c.handle.handle, C.int(d), &c.descriptors, C.uint(number), &bytes), "algorithm %d for a %v", number, c.shape)
	return Algorithm{number, int64(bytes)}, err
}

// Run enqueues one direction. It reads first and second and overwrites result:
//
//	Forward         input, weight                  output
//	DataGradient    output's gradient, weight      input's gradient
//	WeightGradient  input, output's gradient       weight's gradient
//
// Tensors are NHWC; a weight is stored by output channel, row, column and input channel. The workspace has the algorithm's size.
func (c *Convolution) Run(d Direction, a Algorithm, first, second, result, workspace driver.Address) error {
	if d == WeightGradient && c.shape.BFloat16 {
		return errWeightGradient
	}
	return check(C.cudnn_run(c.handle.handle, C.int(d), &c.descriptors, C.uintptr_t(first), C.uintptr_t(second), C.uintptr_t(result),
		C.uint(a.Number), C.uintptr_t(workspace), C.size_t(a.Workspace)), "algorithm %d for a %v", a.Number, c.shape)
}
