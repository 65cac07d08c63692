package train

import (
	"fmt"

	"tweedie/engine/program"
)

// Images is a set of clean gray images in memory, in the form that a device keeps resident.
type Images struct {
	Samples any      // []uint8 or []uint16: all images, one after the other, row by row
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

// tensors are the set as State tensors.
func (s Images) tensors() (samples, index program.Tensor, err error) {
	samples = program.Tensor{Name: imagesName, Role: program.Images}
	switch values := s.Samples.(type) {
	case []uint8:
		samples.Type, samples.Shape = program.Uint8, []int{len(values)}
	case []uint16:
		samples.Type, samples.Shape = program.Uint16, []int{len(values)}
	default:
		return samples, index, fmt.Errorf("images of %T are neither 8 nor 16 bit", s.Samples)
	}
	index = program.Tensor{Name: indexName, Shape: []int{s.Count(), 4}, Type: program.Uint32, Role: program.Images}
	return samples, index, nil
}

// centre copies the middle side x side samples of an image, scaled to [0, 1].
func (s Images) centre(image, side int, dst []float32) {
	offset, height, width := s.size(image)
	top, left := (height-side)/2, (width-side)/2
	for y := range side {
		for x := range side {
			at := offset + (top+y)*width + left + x
			switch samples := s.Samples.(type) {
			case []uint8:
				dst[y*side+x] = float32(samples[at]) / 255
			case []uint16:
				dst[y*side+x] = float32(samples[at]) / 65535
			}
		}
	}
}
