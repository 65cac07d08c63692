//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// directUnit is the least number of pixels for which a slice of its own pays: 16 steps of products.
const directUnit = 16 * directDepth

// directColumns is the number of outputs of a block.
func (g WeightGradient) directColumns() int {
	if g.OutChannels <= directFewOutputs {
		return directFewOutputs
	}
	return directOutputs
}

func (g WeightGradient) directTiles() int {
	return parts(g.Kernel*g.Kernel*g.Channels, directRows) * parts(g.OutChannels, g.directColumns())
}

// accumulateDirect multiplies the gathered input, taps x channels for each pixel, with the gradient.
//
// A tile of 128 pairs of tap and channel x 64 outputs reads 192 values a pixel from L2 for 2 * 128 * 64 FLOP, so it is bound by
// multiply-adds, as convolveDirect is; with one input channel by memory.
func (k *Kernels) accumulateDirect(s driver.Stream, g WeightGradient, slices slicing, arrays WeightGradientArrays) error {
	columns := g.directColumns()
	name := fmt.Sprintf("weight_gradient_direct%s%s_%d", g.Input.suffix(), g.OutputGradient.suffix(), columns)
	grid := driver.Dim{X: parts(g.Kernel*g.Kernel*g.Channels, directRows), Y: parts(g.OutChannels, columns), Z: slices.count}
	shape := g.convolution().shape()
	return k.launch(s, "weight_gradient_direct", name, grid, block, 0, arrays.Input, arrays.OutputGradient, arrays.Workspace,
		driver.Struct(&shape), int32(slices.each), flag(arrays.BiasGradient != 0))
}
