//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"math/bits"

	"tweedie/kernels/driver"
)

// As in convolution_mma.cu.
const (
	windowChunk  = 16 // channels of a stage
	windowStages = 3
	windowHeight = 8 // rows of a tile
)

// tensorCore says that TensorCore can compute c.
func (c Convolution) tensorCore() bool {
	return c.Input == BFloat16 && c.Channels%8 == 0 && c.OutChannels%8 == 0 && countable(c.Samples, c.Height, c.Width, c.Channels)
}

// countable says that the kernels can count the vectors of 8 channels of an image in 32 bits.
func countable(samples, height, width, channels int) bool {
	return samples*height*width*(channels/8) <= math.MaxUint32
}

// halves is the number of 32 output channels that a block of a TensorCore kernel computes.
func (c Convolution) halves() int { return min(2, parts(c.OutChannels, 32)) }

// convolutionTiles is the kernels' struct convolution_tiles.
type convolutionTiles struct {
	columns, rowTiles, outputs, count, whole, chunks, resident int32
	byWidth, byPadded                                          quotient
}

// quotient is the kernels' struct of the same name: how to divide a number below 2^31 by a constant.
type quotient struct{ divisor, magic, shift uint32 }

func newQuotient(divisor int) quotient {
	if divisor == 1 {
		return quotient{divisor: 1}
	}
	shift := bits.Len(uint(divisor-1)) - 1
	return quotient{uint32(divisor), uint32((uint64(1)<<(32+shift)-1)/uint64(divisor) + 1), uint32(shift)}
}

// windowPlan is how convolution_mma.cu is launched.
type windowPlan struct {
	groups, halves int // the warps of a block
	tiles          convolutionTiles
	shared, blocks int // bytes; blocks that run at once on a multiprocessor
	grid           int
}

// windowPlan takes the first of these that fits into shared memory: blocks of 4 warps, two on a multiprocessor so that one multiplies while
// the other stores, with the weight resident; 8 warps with the weight resident; 8 or 4 warps that load the weight with each chunk of
// pixels.
func (k *Kernels) windowPlan(c Convolution) (windowPlan, error) {
	chunks := parts(c.Channels, windowChunk)
	plan := func(groups int, resident bool, blocks int) windowPlan {
		halves := c.halves()
		weights, pixels := 9*32*halves*windowChunk*2, (windowHeight+2)*(16*groups+8)*windowChunk*2
		p := windowPlan{groups: groups, halves: halves, blocks: blocks, shared: windowStages * (pixels + weights)}
		if resident {
			p.shared = windowStages*pixels + chunks*weights
		}
		p.deal(c, k.multiprocessors)
		p.tiles.chunks, p.tiles.resident = int32(chunks), flag(resident)
		return p
	}
	// A multiprocessor has one KiB more than its largest block may use, and each block takes one for itself.
	narrow := 4 / c.halves()
	if p := plan(narrow, true, 2); 2*(p.shared+1024) <= k.sharedBytes+1024 {
		return p, nil
	}
	for _, p := range []windowPlan{plan(4, true, 1), plan(4, false, 1), plan(narrow, false, 1)} {
		if p.shared <= k.sharedBytes {
			return p, nil
		}
	}
	return windowPlan{}, fmt.Errorf("convolution: %q needs %d bytes of shared memory a block, and the device has %d",
		TensorCore, plan(narrow, false, 1).shared, k.sharedBytes)
}

// deal cuts the work into tiles, for a grid of all blocks that run at once.
func (p *windowPlan) deal(c Convolution, multiprocessors int) {
	columns := windowColumns(16*p.groups, 16*p.groups+8, c.Width, c.Samples)
	outputs := parts(c.OutChannels, 32*p.halves)
	p.tiles = convolutionTiles{
		columns: int32(columns), rowTiles: int32(parts(c.Height, windowHeight)), outputs: int32(outputs),
		byWidth: newQuotient(c.Width), byPadded: newQuotient(c.Width + 2),
	}
	tiles := parts(c.Samples*c.Width, columns) * int(p.tiles.rowTiles) * outputs
	// A block stays with its outputs if the grid is a multiple of their blocks: it then loads a resident weight once.
	p.grid = max(1, p.blocks*multiprocessors/outputs) * outputs
	// If the last round would leave half of the blocks without a tile, two share one.
	rest := tiles % p.grid
	if 2*rest > p.grid {
		rest = 0
	}
	p.tiles.whole, p.tiles.count = int32(tiles-rest), int32(tiles+rest)
	p.grid = min(p.grid, tiles+rest)
}

// windowColumns is the most columns of a tile, counted through all samples, that fit with those of zeros at each sample's ends into so
// many.
func windowColumns(most, room, width, samples int) int {
	for columns := most; columns > 1; columns-- {
		ends := min(parts(columns-1, width), samples-1) // of samples within the tile at most
		if columns+2*ends+2 <= room {
			return columns
		}
	}
	return 1
}

// convolveWindows is a 3x3 convolution on tensor cores.
//
// For 64 > 64 channels a pixel costs 73728 FLOP and 256 bytes of input and output, 128 more for each residual and mask: 288 or 192 FLOP a byte
// against the 165 at which an H200's 4.8 TB/s feed its measured 790 TFLOP/s. So products bound it: 93 ps a pixel at that ceiling, against 53
// ps of memory. The ceiling is that of wgmma; mma.sync, which every device from 8.0 on has, reaches some 62 % of a Hopper's peak (Luo et al. 2025,
// Dissecting the NVIDIA Hopper architecture), about 2540 multiply-adds a cycle and multiprocessor. What feeds it:
//
//	shared memory   16 loads of 512 bytes for 96 instructions of a warp: 64 cycles of 128 bytes, for 77 cycles of multiplication
//	L2              10 x 34 pixels read for 8 x 32, once for all taps; the weight once for all tiles: 170 KiB a tile and 7400 cycles
//	issue           some 2800 instructions of a warp and tile, of which 1152 multiply, in the 3700 cycles that those take
//	the epilogue    of one block runs while the other block of the multiprocessor multiplies
//
// So 55 % of 790 TFLOP/s needs 7 of 10 cycles that mma.sync could use. Work is dealt in tiles of 8 x 32 pixels, the last of which may be
// halved: 128 samples of 40 x 40 are 3.03 rounds of an H200's 264 blocks, and take some 3.4. A height that is not a multiple of 4 wastes rows;
// columns are counted through all samples and waste nothing. None of this was measured on a GPU yet.
func (k *Kernels) convolveWindows(s driver.Stream, c Convolution, arrays ConvolutionArrays) error {
	p, err := k.windowPlan(c)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("convolution_mma_%dx%d%s", p.groups, p.halves, c.Output.suffix())
	shape, epilogue := c.shape(), c.epilogue(arrays)
	return k.launch(s, "convolution_mma", name, driver.Dim{X: p.grid}, driver.Dim{X: 32 * p.groups * p.halves}, p.shared,
		arrays.Input, arrays.Packed, driver.Struct(&shape), driver.Struct(&p.tiles), driver.Struct(&epilogue))
}
