package program

import "fmt"

// Patches cuts a patch of H x W out of a random image for each sample: a square in one of the eight orientations, or any rectangle upright. With the four
// words of stream Crops at (step, sample) and Below of package random:
//
//	image = Below(word0, images), top = Below(word1, height-H+1), left = Below(word2, width-W+1), o = word3 >> 29, or 0 if Upright
//	(i, j) = (y, x);  o & 4: exchange i and j;  o & 2: i = H-1-i;  o & 1: j = W-1-j
//	output[n, y, x, 0] = samples[offset + (top+i)*width + left+j] / 255    (uint16: / 65535), rounded to float32
//
// Every image must be at least H x W. Sets of one index and seed are cut alike.
type Patches struct {
	Samples Tensor // (elements), uint8 or uint16: all images, one after the other, row by row
	Index   Tensor // (images, 4), uint32: offset modulo 2^32, offset / 2^32, height, width of each image
	Output  Tensor // (samples, H, W, 1)
	Upright bool   // patches are neither turned nor mirrored
	Seed    uint64
}

// Reads lists the images and their index.
func (op Patches) Reads() []Tensor { return []Tensor{op.Samples, op.Index} }

// Writes lists the patches.
func (op Patches) Writes() []Tensor { return []Tensor{op.Output} }

// Check reports shapes and types that do not fit.
func (op Patches) Check() error {
	if op.Samples.Type != Uint8 && op.Samples.Type != Uint16 {
		return fmt.Errorf("patches: %v is %v, not uint8 or uint16", op.Samples, op.Samples.Type)
	}
	if len(op.Index.Shape) != 2 || op.Index.Shape[0] < 1 || op.Index.Shape[1] != 4 || op.Index.Type != Uint32 {
		return fmt.Errorf("patches: %v is not (images, 4) of uint32", op.Index)
	}
	if err := activation(op.Output); err != nil {
		return fmt.Errorf("patches: %w", err)
	}
	if err := single(op.Output); err != nil {
		return fmt.Errorf("patches: %w", err)
	}
	if op.Output.Shape[3] != 1 {
		return fmt.Errorf("patches: %v has not one channel", op.Output)
	}
	if !op.Upright && op.Output.Shape[1] != op.Output.Shape[2] {
		return fmt.Errorf("patches: %v is not square, and cannot be turned", op.Output)
	}
	return nil
}
