//go:build gpu

package kernels

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

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
	Workspace             driver.Address // WeightGradient.WorkspaceBytes
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

// WeightGradientAlgorithms lists what can compute g, the preferred one first, which gives the same bits on every device. On a device whose
// number of multiprocessors is not that of standardMultiprocessors, the preferred one is there a second time, as "mma 108": dealt to 108 of them.
func (k *Kernels) WeightGradientAlgorithms(g WeightGradient) []Algorithm {
	algorithms := g.algorithms()
	dealt := Algorithm(fmt.Sprint(algorithms[0], " ", k.multiprocessors))
	if g.slices(dealt) != g.slices(algorithms[0]) {
		algorithms = append(algorithms, dealt)
	}
	return algorithms
}

// Computes says whether a names an algorithm for g, also one that is dealt to another number of multiprocessors than this device has.
func (g WeightGradient) Computes(a Algorithm) bool {
	name, multiprocessors := a.dealt()
	return multiprocessors > 0 && slices.Contains(g.algorithms(), name)
}

func (g WeightGradient) algorithms() []Algorithm {
	var algorithms []Algorithm
	if g.thin() {
		algorithms = append(algorithms, Thin)
	}
	if g.tensorCore() {
		algorithms = append(algorithms, TensorCore)
	}
	return append(algorithms, Direct)
}

// standardMultiprocessors are those of an H100 and an H200. A sum over pixels is cut for so many, so that its bits are a device's own affair only where
// its plan says so.
const standardMultiprocessors = 132

// dealt splits "mma 108" into the algorithm and the number of multiprocessors that its slices are made for, 0 if that is no number.
func (a Algorithm) dealt() (Algorithm, int) {
	name, number, found := strings.Cut(string(a), " ")
	if !found {
		return a, standardMultiprocessors
	}
	multiprocessors, err := strconv.Atoi(number)
	if err != nil || multiprocessors < 1 || strconv.Itoa(multiprocessors) != number {
		return a, 0
	}
	return Algorithm(name), multiprocessors
}

// WorkspaceBytes is the size of the workspace of an algorithm: the sums of each slice of pixels.
func (g WeightGradient) WorkspaceBytes(a Algorithm) int64 {
	weights := int64(g.Kernel*g.Kernel) * int64(g.Channels) * int64(g.OutChannels)
	return 4 * int64(g.slices(a).count) * (weights + int64(g.OutChannels))
}

// WeightGradient computes g in two launches: sums over slices of the pixels, and the sum of those in their order. The slices depend on the
// shape and the algorithm, and not on the device.
func (k *Kernels) WeightGradient(s driver.Stream, g WeightGradient, a Algorithm, arrays WeightGradientArrays) error {
	if err := g.Check(); err != nil {
		return err
	}
	if aligned(16, arrays.Input, arrays.OutputGradient, arrays.Gradient, arrays.BiasGradient, arrays.Workspace) == 0 {
		return fmt.Errorf("weight gradient: an array does not begin at a multiple of 16 bytes")
	}
	if !g.Computes(a) {
		return fmt.Errorf("weight gradient: %q is not an algorithm for it; there is %v", a, k.WeightGradientAlgorithms(g))
	}
	slices := g.slices(a)
	name, _ := a.dealt()
	reduction := gradientSlices{
		partial: arrays.Workspace, gradient: arrays.Gradient, bias: arrays.BiasGradient, slices: int32(slices.count),
		taps: int32(g.Kernel * g.Kernel), channels: int32(g.Channels), outputs: int32(g.OutChannels), negate: flag(arrays.Negate),
	}
	var err error
	switch name {
	case Thin:
		reduction.inputsLast = flag(!g.fewInputs())
		err = k.accumulateThin(s, g, slices, arrays)
	case TensorCore:
		reduction.inputsLast = 1
		err = k.accumulateTensorCore(s, g, slices, arrays)
	default:
		err = k.accumulateDirect(s, g, slices, arrays)
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

// slices is how g is cut for the multiprocessors that an algorithm names.
func (g WeightGradient) slices(a Algorithm) slicing {
	name, multiprocessors := a.dealt()
	height, width := g.convolution().positions()
	pixels := g.Samples * height * width
	inPixels := func(unit, tiles, blocksPerMultiprocessor int) slicing {
		s := slicesOf(parts(pixels, unit), tiles, blocksPerMultiprocessor*multiprocessors)
		return slicing{s.count, s.each * unit}
	}
	switch {
	case name == Thin:
		return inPixels(thinUnit, g.thinTiles(), 2)
	case name == TensorCore && g.Kernel == 3:
		p := g.windowPlan()
		return slicesOf(int(p.tiles.columnTiles*p.tiles.rowTiles), p.blocks, p.perMultiprocessor*multiprocessors)
	case name == TensorCore:
		return inPixels(g.productPositions(), g.productTiles(), 2)
	}
	return inPixels(directUnit, g.directTiles(), 3)
}
