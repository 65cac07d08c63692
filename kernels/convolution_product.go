//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// As in convolution_product.cu.
const (
	productRows   = 128 // positions of a block
	productDepth  = 32  // channels of a stage
	productStages = 4
)

// convolveProduct is a 1x1 convolution or a 2x2 one with stride 2, or its adjoint, on tensor cores.
//
// FLOP a byte, without residuals and mask: 32 for 64 > 64 channels at 1x1; 85 for 64 > 128 at 2x2, 171 for 128 > 256, 341 for 256 > 512. An
// H200 has 165 for each byte, so the first two are bound by memory and are to reach 4.8 TB/s: four blocks of a multiprocessor have 100 KiB
// in flight, of which 25 cover the latency.
func (k *Kernels) convolveProduct(s driver.Stream, c Convolution, arrays ConvolutionArrays) error {
	height, width := c.positions()
	halves := c.halves()
	grid := driver.Dim{X: parts(c.Samples*height*width, productRows) * parts(c.OutChannels, 32*halves), Y: c.scale() * c.scale()}
	shared := productStages * (productRows + 32*halves) * productDepth * 2
	shape, epilogue := c.shape(), c.epilogue(arrays)
	return k.launch(s, "convolution_product", fmt.Sprint("convolution_product_", halves), grid, driver.Dim{X: 128}, shared,
		arrays.Input, arrays.Packed, driver.Struct(&shape), driver.Struct(&epilogue))
}
