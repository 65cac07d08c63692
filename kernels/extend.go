//go:build gpu

package kernels

import (
	"tweedie/engine/random"
	"tweedie/kernels/driver"
)

// Extend overwrites the last rows and columns of some samples with copies of the one before them. With the words of stream Borders at (step, sample
// n), and both numbers 0 unless Uniform(word2) < Share:
//
//	rows = Below(word0, Most+1), columns = Below(word1, Most+1)
//	output[n, y, x, c] = input[n, min(y, Height-1-rows), min(x, Width-1-columns), c]
//
// all float32.
type Extend struct {
	Input, Output                    driver.Address // may not overlap
	Scalars                          driver.Address
	Samples, Height, Width, Channels int
	Most                             int // below Height and Width
	Share                            float32
	Seed                             uint64
}

// extendedChunk is how many elements of a sample a block takes.
const extendedChunk = 1024

// Extend is one launch, bound by memory: each element is read and written once.
func (k *Kernels) Extend(s driver.Stream, e Extend) error {
	elements := e.Height * e.Width * e.Channels
	if err := positive("extend", e.Samples, e.Height-e.Most, e.Width-e.Most, elements); err != nil {
		return err
	}
	chunks := parts(elements, extendedChunk)
	if err := positive("extend", e.Samples*chunks); err != nil {
		return err
	}
	return k.launch(s, "extend", "extend", k.blocks(e.Samples*chunks), block, 0, e.Input, e.Output, e.Scalars, uint32(e.Samples*chunks),
		uint32(chunks), uint32(e.Height), uint32(e.Width), uint32(e.Channels), uint32(e.Most), e.Share, e.Seed, uint32(random.Borders)<<24)
}
