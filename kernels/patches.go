//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/engine/random"
	"tweedie/kernels/driver"
)

// Patches cuts a patch of H x W out of a random image for each sample: a square in one of the eight orientations, or any rectangle upright. With the four
// words of stream Crops at (step, sample) and Below of package random:
//
//	image = Below(word0, images), top = Below(word1, height-H+1), left = Below(word2, width-W+1), o = word3 >> 29, or 0 if Upright
//	(i, j) = (y, x);  o & 4: exchange i and j;  o & 2: i = H-1-i;  o & 1: j = W-1-j
//	output[n, y, x] = pixels[offset + (top+i)*width + left+j] / 255    (uint16: / 65535), rounded to float32
//
// An image that does not lie within the pixels, or that is smaller than a patch, gives NaN.
type Patches struct {
	Pixels  Array          // Uint8 or Uint16: all images, one after the other, row by row
	Length  int            // number of elements of Pixels
	Index   driver.Address // uint32: offset modulo 2^32, offset / 2^32, height, width of each image
	Images  int
	Output  driver.Address // float32, Samples x Height x Width
	Scalars driver.Address
	Samples int
	Height  int  // H
	Width   int  // W
	Upright bool // patches are neither turned nor mirrored; those that are not square must be
	Seed    uint64
}

// patchChunk is how many elements of a patch a block takes.
const patchChunk = 1024

// Patches is one launch, bound by memory: an element is read (1 or 2 bytes) and written (4).
func (k *Kernels) Patches(s driver.Stream, p Patches) error {
	if p.Pixels.Type != Uint8 && p.Pixels.Type != Uint16 {
		return fmt.Errorf("patches: the images are %v, only uint8 and uint16 are taken", p.Pixels.Type)
	}
	if err := positive("patches", p.Images, p.Samples, p.Height, p.Width, p.Height*p.Width); err != nil {
		return err
	}
	orientations := uint32(7)
	if p.Upright {
		orientations = 0
	} else if p.Height != p.Width {
		return fmt.Errorf("patches: %d x %d are not square, and cannot be turned", p.Height, p.Width)
	}
	chunks := parts(p.Height*p.Width, patchChunk)
	if err := positive("patches", p.Samples*chunks); err != nil {
		return err
	}
	return k.launch(s, "patches", "patches"+p.Pixels.Type.suffix(), k.blocks(p.Samples*chunks), block, 0,
		p.Pixels.Address, uint64(p.Length), p.Index, uint32(p.Images), p.Output, p.Scalars,
		uint32(p.Samples*chunks), uint32(chunks), uint32(p.Height), uint32(p.Width), orientations, p.Seed, uint32(random.Crops)<<24)
}
