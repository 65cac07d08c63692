//go:build gpu

package kernels

import (
	"tweedie/engine/random"
	"tweedie/kernels/driver"
)

// RandomProbe draws independent signs, or standard normal values:
//
//	output[n, e] = 1 if bit 31 of word e mod 4 of (Seed, Stream, step, sample n, block e/4) is 0, else -1     or, if Normal,
//	output[n, e] = Normal of the Words of (Seed, Stream, step, sample n, element e)
//
// float32, bit by bit as packages random and noise have them.
type RandomProbe struct {
	Output   driver.Address
	Scalars  driver.Address
	Samples  int
	Elements int // of a sample
	Normal   bool
	Seed     uint64
	Stream   random.Stream
}

// probeChunk is how many elements of a sample a block takes.
const probeChunk = 1024

// RandomProbe is one launch: 4 bytes an element and some 20 instructions, or 190 for a normal value.
func (k *Kernels) RandomProbe(s driver.Stream, r RandomProbe) error {
	if err := positive("random probe", r.Samples, r.Elements); err != nil {
		return err
	}
	chunks := parts(r.Elements, probeChunk)
	if err := positive("random probe", r.Samples*chunks); err != nil {
		return err
	}
	normal := int32(0)
	if r.Normal {
		normal = 1
	}
	return k.launch(s, "random_probe", "random_probe", k.blocks(r.Samples*chunks), block, 0, r.Output, r.Scalars,
		uint32(r.Samples*chunks), uint32(chunks), uint32(r.Elements), normal, r.Seed, uint32(r.Stream)<<24, aligned(16, r.Output, driver.Address(4*r.Elements)))
}
