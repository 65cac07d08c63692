//go:build gpu

package kernels

import "tweedie/kernels/driver"

// The tiles of products.cuh: directRows positions x directOutputs or directFewOutputs channels, directDepth products at a time.
const (
	directRows       = 128
	directOutputs    = 64
	directFewOutputs = 16
	directDepth      = 16
)

// convolveDirect multiplies a matrix of gathered pixels with the weight.
//
// A tile of 128 positions x 64 outputs reads (128 + 64) * 4 bytes from L2 for 2 * 128 * 64 FLOP, so it is bound by multiply-adds: 2 * 9 *
// 64 FLOP for each element of 64 > 64 channels at 3x3, of which an H200 does 67e12 a second at most, and by its loads from shared memory at
// 3/4 of that.
func (k *Kernels) convolveDirect(s driver.Stream, c Convolution, arrays ConvolutionArrays) error {
	name, columns := "convolution_direct"+c.Input.suffix()+"_64", directOutputs
	if c.OutChannels <= directFewOutputs {
		name, columns = "convolution_direct"+c.Input.suffix()+"_16", directFewOutputs
	}
	height, width := c.positions()
	grid := driver.Dim{X: parts(c.Samples*height*width, directRows), Y: parts(c.OutChannels, columns), Z: c.scale() * c.scale()}
	shape, epilogue := c.shape(), c.epilogue(arrays)
	return k.launch(s, "convolution_direct", name, grid, block, 0,
		arrays.Input, arrays.Packed, driver.Struct(&shape), driver.Struct(&epilogue))
}
