//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// WeightGradient is the shape of the gradient of a convolution by its weight and bias, a sum over all pixels:
//
//	weightGradient[o, i, ky, kx] = ± sum over n, y, x of input[n, S*y + ky - P, S*x + kx - P, i] * outputGradient[n, y, x, o]
//	biasGradient[o]              = ± sum over n, y, x of outputGradient[n, y, x, o]
//
// Input and OutputGradient are each Float32 or BFloat16, products and sums float32, as are both gradients. Kernel, S and P are as in
// Convolution.
type WeightGradient struct {
	Samples, Height, Width, Channels int // of the input
	OutChannels                      int
	Kernel                           int
	Input, OutputGradient            Type
}

// WeightGradientArrays are what a weight gradient reads and writes. Each begins at a multiple of 16 bytes.
type WeightGradientArrays struct {
	Input, OutputGradient driver.Address
	Gradient              driver.Address // float32, output channels x input channels x kernel x kernel
	BiasGradient          driver.Address // optional, float32
	Negate                bool
	Workspace             driver.Address // WeightGradientBytes
}

// Check reports a weight gradient that the kernels do not know.
func (g WeightGradient) Check() error {
	return g.convolution().Check()
}

// convolution is the one whose gradient g is.
func (g WeightGradient) convolution() Convolution {
	return Convolution{
		Samples: g.Samples, Height: g.Height, Width: g.Width, Channels: g.Channels, OutChannels: g.OutChannels, Kernel: g.Kernel,
		Input: g.Input, Output: g.OutputGradient,
	}
}

// WeightGradientAlgorithms lists what can compute g on this device, the preferred one first.
func (k *Kernels) WeightGradientAlgorithms(g WeightGradient) []Algorithm {
	var algorithms []Algorithm
	if g.thin() {
		algorithms = append(algorithms, Thin)
	}
	if g.tensorCore() {
		algorithms = append(algorithms, TensorCore)
	}
	return append(algorithms, Direct)
}

// WeightGradientBytes is the size of the workspace of an algorithm: the sums of each slice of pixels.
func (k *Kernels) WeightGradientBytes(g WeightGradient, a Algorithm) int64 {
	weights := int64(g.Kernel*g.Kernel) * int64(g.Channels) * int64(g.OutChannels)
	return 4 * int64(k.slices(g, a).count) * (weights + int64(g.OutChannels))
}

// WeightGradient computes g in two launches: sums over slices of the pixels, and the sum of those in their order. The slices depend on the
// shape and on the number of the device's multiprocessors.
func (k *Kernels) WeightGradient(s driver.Stream, g WeightGradient, a Algorithm, arrays WeightGradientArrays) error {
	if err := g.Check(); err != nil {
		return err
	}
	if aligned(16, arrays.Input, arrays.OutputGradient, arrays.Gradient, arrays.BiasGradient, arrays.Workspace) == 0 {
		return fmt.Errorf("weight gradient: an array does not begin at a multiple of 16 bytes")
	}
	slices := k.slices(g, a)
	reduction := gradientSlices{
		partial: arrays.Workspace, gradient: arrays.Gradient, bias: arrays.BiasGradient, slices: int32(slices.count),
		taps: int32(g.Kernel * g.Kernel), channels: int32(g.Channels), outputs: int32(g.OutChannels), negate: flag(arrays.Negate),
	}
	var err error
	switch {
	case a == Direct:
		err = k.accumulateDirect(s, g, slices, arrays)
	case a == Thin && g.thin():
		reduction.inputsLast = flag(!g.fewInputs())
		err = k.accumulateThin(s, g, slices, arrays)
	case a == TensorCore && g.tensorCore():
		reduction.inputsLast = 1
		err = k.accumulateTensorCore(s, g, slices, arrays)
	default:
		err = fmt.Errorf("weight gradient: %q is not an algorithm for it; there is %v", a, k.WeightGradientAlgorithms(g))
	}
	if err != nil {
		return err
	}
	elements := g.Kernel*g.Kernel*g.Channels*g.OutChannels + g.OutChannels
	grid := driver.Dim{X: parts(elements, 32)}
	return k.launch(s, "weight_gradient_reduce", "weight_gradient_reduce", grid, block, 0, driver.Struct(&reduction))
}

// gradientSlices is the kernels' struct weight_gradient_slices.
type gradientSlices struct {
	partial, gradient, bias         driver.Address
	slices, taps, channels, outputs int32
	inputsLast, negate              int32
}

// slicing is how the work of a weight gradient is dealt to blocks: to a number of slices, each with so many pixels or tiles of pixels, the
// last with fewer.
type slicing struct{ count, each int }

// slicesOf deals units so that about so many blocks have work, if tiles blocks work on each slice.
func slicesOf(units, tiles, blocks int) slicing {
	each := parts(units, min(units, parts(blocks, tiles)))
	return slicing{parts(units, each), each}
}

func (k *Kernels) slices(g WeightGradient, a Algorithm) slicing {
	height, width := g.convolution().positions()
	pixels := g.Samples * height * width
	inPixels := func(unit, tiles, blocksPerMultiprocessor int) slicing {
		s := slicesOf(parts(pixels, unit), tiles, blocksPerMultiprocessor*k.multiprocessors)
		return slicing{s.count, s.each * unit}
	}
	switch {
	case a == Thin:
		return inPixels(thinUnit, g.thinTiles(), 2)
	case a == TensorCore && g.Kernel == 3:
		p := g.windowPlan()
		return slicesOf(int(p.tiles.columnTiles*p.tiles.rowTiles), p.blocks, p.perMultiprocessor*k.multiprocessors)
	case a == TensorCore:
		return inPixels(g.productPositions(), g.productTiles(), 2)
	}
	return inPixels(directUnit, g.directTiles(), 3)
}
