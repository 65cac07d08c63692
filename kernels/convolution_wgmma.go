//go:build gpu

package kernels

import (
	"tweedie/kernels/driver"
)

// As in convolution_wgmma.cu.
const (
	wgmmaChunk     = 16 // channels of a stage
	wgmmaStages    = 3
	wgmmaOutputs   = 64
	wgmmaPositions = 4 * 64 // of a tile, with the neighbours on the left and right of each row
	wgmmaOctet     = 16     // bytes of 8 channels
	wgmmaWeights   = 9 * wgmmaChunk * wgmmaOutputs * 2
)

// hopper says that the device has wgmma: 9.0 alone does.
func (k *Kernels) hopper() bool { return k.capability == [2]int{9, 0} }

func (c Convolution) wgmma() bool {
	return c.Kernel == 3 && c.Input == BFloat16 && c.Channels%8 == 0 && c.OutChannels%wgmmaOutputs == 0
}

// wgmmaTiles is the kernels' struct wgmma_tiles.
type wgmmaTiles struct {
	columns, rows, across, down, outputs, count, chunks, resident, plane int32
	byPitch                                                              quotient
}

// wgmmaPlan is how convolution_wgmma.cu is launched.
type wgmmaPlan struct {
	tiles        wgmmaTiles
	shared, grid int
}

// wgmmaPlan cuts an image into the fewest tiles, of those the ones with the fewest neighbours. Two blocks run on a multiprocessor, so that one
// multiplies while the other stores; the weight of all chunks stays in shared memory if there is room for it twice.
func (k *Kernels) wgmmaPlan(c Convolution) wgmmaPlan {
	var t wgmmaTiles
	for across := 1; across <= c.Width; across++ {
		columns := parts(c.Width, across)
		pitch := columns + 2
		if pitch > wgmmaPositions/2 {
			continue
		}
		down := parts(c.Height, min(c.Height, (wgmmaPositions-columns)/pitch+1))
		rows := parts(c.Height, down)
		plane := parts(max((rows+2)*pitch, wgmmaPositions+2*pitch+2)*wgmmaOctet, 128) * 128
		if t.count == 0 || across*down < int(t.count) || across*down == int(t.count) && plane < int(t.plane) {
			t = wgmmaTiles{
				columns: int32(columns), rows: int32(rows), across: int32(across), down: int32(down), count: int32(across * down), plane: int32(plane),
				byPitch: newQuotient(pitch),
			}
		}
		if columns < 16 {
			break
		}
	}
	outputs := c.OutChannels / wgmmaOutputs
	t.outputs, t.chunks = int32(outputs), int32(parts(c.Channels, wgmmaChunk))
	t.count *= int32(c.Samples * outputs)
	pixels := wgmmaStages*2*int(t.plane) + 8*(wgmmaStages+1)
	p := wgmmaPlan{shared: pixels + int(t.chunks)*wgmmaWeights}
	if t.resident = 1; 2*(p.shared+1024) > k.sharedBytes+1024 {
		t.resident, p.shared = 0, pixels+wgmmaStages*wgmmaWeights
	}
	// A block stays with its outputs, since the grid is a multiple of their blocks.
	p.grid = min(max(1, 2*k.multiprocessors/outputs)*outputs, int(t.count))
	p.tiles = t
	return p
}

// convolveWgmma is a 3x3 convolution by products of four warps, of factors that the memory accelerator copies.
//
// As for convolveWindows products bound it at 64 > 64 channels: 93 ps a pixel at 790 TFLOP/s. What feeds the 4608 cycles of a tile's 144 products of
// 64 positions x 64 outputs x 16 channels, each 32 cycles of the tensor cores:
//
//	shared memory   each product reads 2 KiB of pixels and 2 KiB of weights: 32 cycles of 128 bytes, all that there is beside the copies
//	copies          a tile of 6 x 40 pixels with its neighbours is 42 KiB; rows of 16 bytes, of which an L2 sector has two, so that L2 moves 84
//	positions       of 256, 240 are pixels of an image of 40 columns; 40 rows are 7 tiles of 6, so that 1600 of 1792 are pixels: 89 %
//	rounds          128 samples of 40 x 40 are 896 tiles, 3.4 rounds of an H200's 264 blocks, and take 4
//	the epilogue    of one block runs while the other block of the multiprocessor multiplies
//
// So it may reach some 60 % of 790 TFLOP/s where mma.sync is held at 55. It was proven on the emulated device only, and has never run on a real one.
func (k *Kernels) convolveWgmma(s driver.Stream, c Convolution, arrays ConvolutionArrays) error {
	p := k.wgmmaPlan(c)
	t := &p.tiles
	image, err := driver.NewTensorMap(arrays.Input, [4]int{c.Channels, c.Width, c.Height, c.Samples},
		[4]int{8, int(t.columns) + 2, int(t.rows) + 2, 1})
	if err != nil {
		return err
	}
	shape, epilogue := c.shape(), c.epilogue(arrays)
	return k.launch(s, "convolution_wgmma", "convolution_wgmma"+c.Output.suffix(), driver.Dim{X: p.grid}, driver.Dim{X: 128}, p.shared,
		driver.Struct(&image), arrays.Packed, driver.Struct(&shape), driver.Struct(t), driver.Struct(&epilogue))
}
