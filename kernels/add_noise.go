//go:build gpu

package kernels

import (
	"tweedie/engine/random"
	"tweedie/kernels/driver"
)

// AddNoise adds Gaussian noise whose level is drawn for each sample, or given:
//
//	levels[n]   = From + (To - From) * Uniform(word0 of stream Levels at (step, sample n, block 0)), if Draw
//	noisy[n, e] = clean[n, e] + levels[n] * normal(Stream, step, sample n, element e)
//
// all float32. Element e of a sample takes value e mod 4 of Normals of block e/4 (package random), by the polynomials of random.cuh, within
// random.NormalBound; each operation outside of them rounds once.
type AddNoise struct {
	Clean, Noisy driver.Address // may be the same
	Levels       driver.Address // one for each sample
	Scalars      driver.Address
	Samples      int
	Elements     int  // of a sample
	Draw         bool // else Levels is read
	From, To     float32
	Seed         uint64
	Stream       random.Stream
}

// noiseChunk is how many elements of a sample a block takes.
const noiseChunk = 1024

// AddNoise is one launch: some 45 instructions and 8 bytes an element, so that arithmetic and memory take about as long.
func (k *Kernels) AddNoise(s driver.Stream, n AddNoise) error {
	if err := positive("add noise", n.Samples, n.Elements); err != nil {
		return err
	}
	chunks := parts(n.Elements, noiseChunk)
	if err := positive("add noise", n.Samples*chunks); err != nil {
		return err
	}
	draw := int32(0)
	if n.Draw {
		draw = 1
	}
	vectors := aligned(16, n.Clean, n.Noisy, driver.Address(4*n.Elements))
	return k.launch(s, "add_noise", "add_noise", k.blocks(n.Samples*chunks), block, 0, n.Clean, n.Noisy, n.Levels, n.Scalars,
		uint32(n.Samples*chunks), uint32(chunks), uint32(n.Elements), draw, n.From, n.To-n.From,
		n.Seed, uint32(n.Stream)<<24, uint32(random.Levels)<<24, vectors)
}
