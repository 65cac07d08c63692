package train

import (
	"fmt"

	"tweedie/engine/config"
	"tweedie/engine/network"
	"tweedie/engine/program"
)

// Images is a set of clean gray images in memory, in the form that a device keeps resident.
type Images struct {
	Samples any      // []uint8 or []uint16: all images, one after the other, row by row
	Noisy   any      // of pairs: the same images in the same places as they were recorded, []uint8 or []uint16; else nil
	Index   []uint32 // four for each image: offset modulo 2^32, offset / 2^32, height, width
	Names   []string // of each image, for people
	Digest  string   // equal for equal images
}

// Count is the number of images.
func (s Images) Count() int { return len(s.Index) / 4 }

func (s Images) size(image int) (offset, height, width int) {
	row := s.Index[4*image:]
	return int(uint64(row[0]) | uint64(row[1])<<32), int(row[2]), int(row[3])
}

// tensors are the set as State tensors: the samples, those of Noisy (absent if there are none), and the index of both.
func (s Images) tensors() (samples, noisy, index program.Tensor, err error) {
	if samples, err = samplesTensor(imagesName, s.Samples); err != nil {
		return samples, noisy, index, err
	}
	if s.Noisy != nil {
		noisy, err = samplesTensor(noisyName, s.Noisy)
	}
	index = program.Tensor{Name: indexName, Shape: []int{s.Count(), 4}, Type: program.Uint32, Role: program.Images}
	return samples, noisy, index, err
}

func samplesTensor(name string, samples any) (program.Tensor, error) {
	switch values := samples.(type) {
	case []uint8:
		return program.Tensor{Name: name, Shape: []int{len(values)}, Type: program.Uint8, Role: program.Images}, nil
	case []uint16:
		return program.Tensor{Name: name, Shape: []int{len(values)}, Type: program.Uint16, Role: program.Images}, nil
	}
	return program.Tensor{}, fmt.Errorf("images of %T are neither 8 nor 16 bit", samples)
}

// contents are the values of those tensors.
func (s Images) contents() map[string]any {
	contents := map[string]any{imagesName: s.Samples, indexName: s.Index}
	if s.Noisy != nil {
		contents[noisyName] = s.Noisy
	}
	return contents
}

// whole reports, as a *config.Error, images that cannot be samples as they are: of several sizes, of one that the network does not take, or not square although
// they are to be turned.
func (s Images) whole(n *network.Network, upright bool) error {
	_, height, width := s.size(0)
	for image := range s.Count() {
		if _, h, w := s.size(image); h != height || w != width {
			return &config.Error{Problem: fmt.Sprintf("train.patch = 0 takes whole images, but %s has %d x %d pixels (height x width) and %s has %d x %d; "+
				"choose the side of a patch", s.Names[0], height, width, s.Names[image], h, w)}
		}
	}
	if err := n.FitsSize(height, width); err != nil {
		return &config.Error{Problem: err.Error()}
	}
	if height%n.Multiple != 0 || width%n.Multiple != 0 {
		return &config.Error{Problem: fmt.Sprintf("train.patch = 0 takes whole images, of %d x %d pixels, but network %s needs multiples of %d; choose a patch that is one",
			height, width, n.Name, n.Multiple)}
	}
	if height != width && !upright {
		return &config.Error{Problem: fmt.Sprintf("images of %d x %d pixels (height x width) cannot be turned; set train.upright = true", height, width)}
	}
	return nil
}

// centre copies the middle rows x columns samples of an image, scaled to [0, 1]; from is Samples or Noisy.
func (s Images) centre(from any, image, rows, columns int, dst []float32) {
	offset, height, width := s.size(image)
	top, left := (height-rows)/2, (width-columns)/2
	for y := range rows {
		for x := range columns {
			at := offset + (top+y)*width + left + x
			switch samples := from.(type) {
			case []uint8:
				dst[y*columns+x] = float32(samples[at]) / 255
			case []uint16:
				dst[y*columns+x] = float32(samples[at]) / 65535
			}
		}
	}
}
