//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// As in weight_gradient_mma.cu and weight_gradient_product.cu.
const (
	gradientHeight = 4 // of a tile of pixels
	gradientWidth  = 32
	gradientRoom   = gradientWidth + 8
	productTile    = 64 // outputs and inputs of a block
)

func (g WeightGradient) tensorCore() bool {
	return g.Input == BFloat16 && g.OutputGradient == BFloat16 && g.Channels%8 == 0 && g.OutChannels%8 == 0 &&
		countable(g.Samples, g.Height, g.Width, max(g.Channels, g.OutChannels))
}

// gradientTiles is the kernels' struct gradient_tiles.
type gradientTiles struct {
	columns, columnTiles, rowTiles, perSlice, withBias int32
	byWidth, byPadded                                  quotient
}

// gradientPlan is how weight_gradient_mma.cu is launched.
type gradientPlan struct {
	channels, threads, shared int // outputs and inputs of a block; bytes
	blocks                    int // for each slice
	perMultiprocessor         int // blocks that run at once
	tiles                     gradientTiles
}

// windowPlan takes blocks of 32 x 32 channels where 64 x 64 would compute more zeros.
func (g WeightGradient) windowPlan() gradientPlan {
	p := gradientPlan{channels: 64, threads: 256, perMultiprocessor: 1}
	if g.Channels <= 32 || g.OutChannels <= 32 {
		p.channels, p.threads, p.perMultiprocessor = 32, 128, 2
	}
	p.blocks = parts(g.Channels, p.channels) * parts(g.OutChannels, p.channels)
	p.shared = 2 * ((gradientHeight+2)*gradientRoom + gradientHeight*gradientWidth) * p.channels * 2
	columns := windowColumns(gradientWidth, gradientRoom, g.Width, g.Samples)
	p.tiles = gradientTiles{
		columns: int32(columns), columnTiles: int32(parts(g.Samples*g.Width, columns)), rowTiles: int32(parts(g.Height, gradientHeight)),
		byWidth: newQuotient(g.Width), byPadded: newQuotient(g.Width + 2),
	}
	return p
}

func (g WeightGradient) productTiles() int {
	return parts(g.Channels, productTile) * parts(g.OutChannels, productTile)
}

// productPositions are those of a stage.
func (g WeightGradient) productPositions() int {
	if g.Kernel == 1 {
		return 128
	}
	return 64
}

// accumulateTensorCore multiplies the transposed gradient with the input at each tap, on tensor cores.
//
// At 3x3 and 64 > 64 channels a pixel costs 73728 FLOP and 256 bytes, so that products bound it as in convolveWindows: 93 ps a pixel at 790
// TFLOP/s, 53 ps of memory. What feeds the 77 cycles of 96 instructions:
//
//	shared memory   17 loads of 512 bytes: 67 cycles of 128 bytes
//	L2              6 x 34 pixels read for 4 x 32, and their gradients: 42 KiB a tile and 1860 cycles
//	the sums        each block's 147 KiB written once and read once: with 132 slices 39 MB and some 8 us, a fifth of what 204800 pixels take
//
// At 1x1 and 2x2 memory bounds: 32 and 85 FLOP a byte for 64 > 64 and 64 > 128 channels.
func (k *Kernels) accumulateTensorCore(s driver.Stream, g WeightGradient, slices slicing, arrays WeightGradientArrays) error {
	shape, bias := g.convolution().shape(), flag(arrays.BiasGradient != 0)
	if g.Kernel != 3 {
		name := fmt.Sprint("weight_gradient_product_", g.Kernel*g.Kernel)
		shared := 2 * (g.Kernel*g.Kernel + 1) * g.productPositions() * productTile * 2
		return k.launch(s, "weight_gradient_product", name, driver.Dim{X: g.productTiles(), Y: slices.count}, block, shared,
			arrays.Input, arrays.OutputGradient, arrays.Workspace, driver.Struct(&shape), int32(slices.each), bias)
	}
	p := g.windowPlan()
	p.tiles.perSlice, p.tiles.withBias = int32(slices.each), bias
	return k.launch(s, "weight_gradient_mma", fmt.Sprint("weight_gradient_mma_", p.channels), driver.Dim{X: p.blocks, Y: slices.count},
		driver.Dim{X: p.threads}, p.shared,
		arrays.Input, arrays.OutputGradient, arrays.Workspace, driver.Struct(&shape), driver.Struct(&p.tiles))
}
