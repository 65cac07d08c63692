//go:build gpu

package kernels

import "tweedie/kernels/driver"

// As in convolution_thin.cu: the most channels of the narrow side, and the channels and positions of a thread.
const (
	thinChannels = 4
	thinVector   = 8
	thinQuad     = 4
)

// spreads says that the few channels are the input's.
func (c Convolution) spreads() bool { return c.Channels <= thinChannels && c.Channels <= c.OutChannels }

// thin says that Thin can compute c: few inputs with any kernel, or few outputs with windows of stride 1.
func (c Convolution) thin() bool {
	return c.spreads() || c.OutChannels <= thinChannels && c.Kernel != 2
}

// convolveThin reads and writes the many channels once.
//
//	1 > 64 channels, 3x3, bfloat16 out: 132 bytes a pixel and 1152 FLOP: 27 ps of memory and 17 ps of multiply-adds on an H200
//	64 > 1 channels: the same; three rows of the input are read through the cache
//
// Both are bound by memory by a little; loads, unpacking and addresses are about as many instructions as the multiply-adds.
func (k *Kernels) convolveThin(s driver.Stream, c Convolution, arrays ConvolutionArrays) error {
	height, width := c.positions()
	shape, epilogue := c.shape(), c.epilogue(arrays)
	if c.spreads() {
		across := thinAcross(c.OutChannels)
		grid := driver.Dim{
			X: parts(parts(c.Samples*height*width, thinQuad), threads/across), Y: parts(c.OutChannels, across*thinVector), Z: c.scale() * c.scale(),
		}
		return k.launch(s, "convolution_thin", "convolution_spread"+c.Input.suffix(), grid, block, 0,
			arrays.Input, arrays.Packed, driver.Struct(&shape), driver.Struct(&epilogue), int32(across))
	}
	name := map[int]string{1: "convolution_gather_1", 3: "convolution_gather_3"}[c.Kernel] + c.Input.suffix()
	quads := c.Samples * height * parts(width, thinQuad)
	return k.launch(s, "convolution_thin", name, driver.Dim{X: parts(quads, threads/8)}, block, 0,
		arrays.Input, arrays.Packed, driver.Struct(&shape), driver.Struct(&epilogue))
}

// thinAcross is the number of threads that share a position's channels: 1, 2, 4 or 8.
func thinAcross(channels int) int {
	across := 1
	for across < 8 && across*thinVector < channels {
		across *= 2
	}
	return across
}
