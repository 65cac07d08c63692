// Package data gathers clean images to train and validate on: photographs from folders, small images from IDX files, or synthetic ones for a
// machine that has none, each kind of which is one entry of Sources.
//
// A set holds the gray samples of all its images in one piece of memory, so that a device can keep it resident and cut patches out of it by
// itself. How noise is added lives in package noise, how files are decoded in package picture.
package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Image is the place of one image in a set.
type Image struct {
	Name          string // path below the folder it came from; those of IDX files and of Sources are numbered
	Offset        int    // of its first sample
	Height, Width int
}

// Set is clean gray images. The samples lie image after image, row by row, in Samples8 or, if any image has 16 bits, in Samples16 for all:
// the other is nil. An 8-bit image in a set of 16 bits is multiplied by 257, so that white is white.
type Set struct {
	Samples8  []uint8
	Samples16 []uint16
	Images    []Image
	Labels    []int   // the class of each image, from 0; nil unless every image has one
	Noisy     *Set    // of pairs: the same images in the same places as they were recorded; else nil
	Skipped   []error // the files left out: broken ones and images smaller than a patch, each a sentence with the path
	Digest    string  // SHA-256 of shapes and samples in hexadecimal; names, folders and labels do not enter
}

// Depth returns the bits of a sample: 8 or 16.
func (s *Set) Depth() int {
	if s.Samples16 != nil {
		return 16
	}
	return 8
}

// Index returns what program.Patches reads: offset modulo 2^32, offset divided by 2^32, height and width of each image.
func (s *Set) Index() []uint32 {
	index := make([]uint32, 0, 4*len(s.Images))
	for _, image := range s.Images {
		offset := uint64(image.Offset)
		index = append(index, uint32(offset), uint32(offset>>32), uint32(image.Height), uint32(image.Width))
	}
	return index
}

// Floats returns the samples of one image, black 0 and white 1.
func (s *Set) Floats(image int) []float32 {
	from := s.Images[image].Offset
	samples := make([]float32, s.Images[image].Height*s.Images[image].Width)
	for i := range samples {
		if s.Samples16 == nil {
			samples[i] = float32(s.Samples8[from+i]) / 255
		} else {
			samples[i] = float32(s.Samples16[from+i]) / 65535
		}
	}
	return samples
}

// EightBit returns the samples of one image with 8 bits: 16-bit ones are divided by 257 and rounded. It may be part of Samples8.
func (s *Set) EightBit(image int) []uint8 {
	from := s.Images[image].Offset
	to := from + s.Images[image].Height*s.Images[image].Width
	if s.Samples16 == nil {
		return s.Samples8[from:to:to]
	}
	samples := make([]uint8, to-from)
	for i, sample := range s.Samples16[from:to] {
		samples[i] = uint8((uint32(sample) + 128) / 257)
	}
	return samples
}

// digest returns the SHA-256 of the depth, the number of images, their heights and widths, and the samples, all little-endian.
func (s *Set) digest() string {
	hash := sha256.New()
	order := binary.LittleEndian
	head := order.AppendUint64(nil, uint64(s.Depth()))
	head = order.AppendUint64(head, uint64(len(s.Images)))
	for _, image := range s.Images {
		head = order.AppendUint64(head, uint64(image.Height))
		head = order.AppendUint64(head, uint64(image.Width))
	}
	hash.Write(head)
	hash.Write(s.Samples8)
	var buffer []byte
	for i, sample := range s.Samples16 {
		buffer = order.AppendUint16(buffer, sample)
		if len(buffer) == 1<<16 || i == len(s.Samples16)-1 {
			hash.Write(buffer)
			buffer = buffer[:0]
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}
