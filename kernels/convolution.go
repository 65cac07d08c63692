//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// Algorithm names one way to compute a convolution or a weight gradient. It stands in Plans.
type Algorithm string

// The algorithms. Each has its own order of additions, so that their results differ in the last digits.
const (
	// Direct multiplies in float32 on the ordinary cores, and takes every size and type.
	Direct Algorithm = "direct"
	// Thin multiplies in float32 too, with at most thinChannels channels on one side.
	Thin Algorithm = "thin"
	// TensorCore multiplies bfloat16 on tensor cores, and takes multiples of 8 channels.
	TensorCore Algorithm = "mma"
	// Wgmma multiplies bfloat16 by the matrix products that compute capability 9.0 alone has, at 3x3 and multiples of 64 output channels. It has never run
	// on a device; see CompareWgmma.
	Wgmma Algorithm = "wgmma"
)

// Convolution is the shape of a convolution or, if Transposed, of its adjoint:
//
//	sum[n, y, x, o] = bias[o] + sum over i, ky, kx of input[n, S*y + ky - P, S*x + kx - P, i] * weight[o, i, ky, kx]
//	sum[n, y, x, i] = bias[i] + sum over o, ky, kx and all (v, u) with S*v + ky - P = y, S*u + kx - P = x
//	                  of input[n, v, u, o] * weight[o, i, ky, kx]
//	value           = (Negate ? -sum : sum) + residual0[n, y, x, o] + residual1[n, y, x, o]
//	output          = mask[n, y, x, o] > 0 ? (ReLU ? max(value, 0) : value) : 0
//
// The kernel is 3x3 with stride S = 1 and padding P = 1, 1x1 with S = 1 and P = 0, or 2x2 with S = 2 and P = 0. Activations are samples x
// height x width x channels, weights as for the forward convolution, also if Transposed: then the weight's first dimension is the input's
// channels. Input and Output are Float32 or BFloat16; the weight is float32 and is rounded to the input's type; residuals and mask have the
// output's. Sums and what follows them are float32, and rounded once to the output's type.
type Convolution struct {
	Samples, Height, Width, Channels int // of the input
	OutChannels                      int
	Kernel                           int // height and width: 1, 2 or 3
	Transposed                       bool
	Input, Output                    Type
}

// ConvolutionArrays are what a convolution reads and writes. Each begins at a multiple of 16 bytes and none overlaps the output. An address
// of 0 leaves an optional array out.
type ConvolutionArrays struct {
	Input     driver.Address
	Packed    driver.Address    // the weight, as PackWeights left it for this convolution and algorithm
	Bias      driver.Address    // optional, float32, one for each output channel
	Residuals [2]driver.Address // optional, of the output's shape and type, as the mask
	Mask      driver.Address    // optional
	Output    driver.Address
	Negate    bool
	ReLU      bool
}

// Check reports a convolution that the kernels do not know.
func (c Convolution) Check() error {
	if c.Kernel < 1 || c.Kernel > 3 {
		return fmt.Errorf("convolution: the kernel is %dx%d, only 1x1, 2x2 and 3x3 are known", c.Kernel, c.Kernel)
	}
	if c.Kernel == 2 && !c.Transposed && (c.Height%2 != 0 || c.Width%2 != 0) {
		return fmt.Errorf("convolution: an image of %dx%d is not a multiple of the stride 2", c.Height, c.Width)
	}
	for _, t := range []Type{c.Input, c.Output} {
		if _, err := floats("convolution", Array{Type: t}); err != nil {
			return err
		}
	}
	if err := positive("convolution", c.Samples, c.Height, c.Width, c.Channels, c.OutChannels); err != nil {
		return err
	}
	return positive("convolution", c.Samples*c.Height*c.Width*c.scale()*c.scale())
}

// ConvolutionAlgorithms lists what can compute c on this device, the preferred one first.
func (k *Kernels) ConvolutionAlgorithms(c Convolution) []Algorithm {
	var algorithms []Algorithm
	if c.thin() {
		algorithms = append(algorithms, Thin)
	}
	if c.tensorCore() {
		algorithms = append(algorithms, TensorCore)
	}
	algorithms = append(algorithms, Direct)
	if k.hopper() && c.wgmma() {
		algorithms = append(algorithms, Wgmma)
	}
	return algorithms
}

// PackedBytes is the size of the weight once it is packed for an algorithm.
func (c Convolution) PackedBytes(a Algorithm) int64 {
	return c.layout(a).bytes()
}

// Convolve computes c in one launch. PackWeights comes before it in the stream, once for as long as the weight does not change.
func (k *Kernels) Convolve(s driver.Stream, c Convolution, a Algorithm, arrays ConvolutionArrays) error {
	if err := c.Check(); err != nil {
		return err
	}
	if aligned(16, arrays.Input, arrays.Packed, arrays.Bias, arrays.Residuals[0], arrays.Residuals[1], arrays.Mask, arrays.Output) == 0 {
		return fmt.Errorf("convolution: an array does not begin at a multiple of 16 bytes")
	}
	switch {
	case a == Direct:
		return k.convolveDirect(s, c, arrays)
	case a == Thin && c.thin():
		return k.convolveThin(s, c, arrays)
	case a == TensorCore && c.tensorCore() && c.Kernel == 3:
		return k.convolveWindows(s, c, arrays)
	case a == Wgmma && c.wgmma() && k.hopper():
		return k.convolveWgmma(s, c, arrays)
	case a == TensorCore && c.tensorCore():
		return k.convolveProduct(s, c, arrays)
	}
	return fmt.Errorf("convolution: %q is not an algorithm for it; there is %v", a, k.ConvolutionAlgorithms(c))
}

// A convolution runs over a grid of positions: the input's if its adjoint scatters each position to 2x2 outputs, else the output's.

// stride is the distance of neighbouring positions in the input.
func (c Convolution) stride() int {
	if c.Kernel == 2 && !c.Transposed {
		return 2
	}
	return 1
}

// scale is the distance of neighbouring positions in the output.
func (c Convolution) scale() int {
	if c.Kernel == 2 && c.Transposed {
		return 2
	}
	return 1
}

// positions are the grid's height and width.
func (c Convolution) positions() (height, width int) {
	return c.Height / c.stride(), c.Width / c.stride()
}

// taps is how many input pixels each position reads: with a scale of 2, each of the 4 outputs of a position has one tap of its own.
func (c Convolution) taps() int {
	if c.scale() == 2 {
		return 1
	}
	return c.Kernel * c.Kernel
}

// convolutionShape is the kernels' struct convolution_shape.
type convolutionShape struct {
	samples, height, width, channels, outputs int32 // height and width of the grid of positions
	taps, side, stride, padding, scale        int32
}

func (c Convolution) shape() convolutionShape {
	height, width := c.positions()
	shape := convolutionShape{
		samples: int32(c.Samples), height: int32(height), width: int32(width), channels: int32(c.Channels), outputs: int32(c.OutChannels),
		taps: int32(c.taps()), side: int32(c.Kernel), stride: int32(c.stride()), scale: int32(c.scale()),
	}
	if c.Kernel == 3 {
		shape.padding = 1
	}
	if c.scale() == 2 {
		shape.side = 1
	}
	return shape
}

// convolutionEpilogue is the kernels' struct convolution_epilogue.
type convolutionEpilogue struct {
	bias         driver.Address
	residual     [2]driver.Address
	mask, output driver.Address
	negate, relu int32
	bfloat16     int32 // residuals, mask and output are
	_            int32
}

func (c Convolution) epilogue(arrays ConvolutionArrays) convolutionEpilogue {
	return convolutionEpilogue{
		bias: arrays.Bias, residual: arrays.Residuals, mask: arrays.Mask, output: arrays.Output,
		negate: flag(arrays.Negate), relu: flag(arrays.ReLU), bfloat16: flag(c.Output == BFloat16),
	}
}

func flag(set bool) int32 {
	if set {
		return 1
	}
	return 0
}
