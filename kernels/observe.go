//go:build gpu

package kernels

import (
	"tweedie/engine/random"
	"tweedie/kernels/driver"
)

// Observe draws what is seen of the clean images, by the noise model and the parameters of each sample:
//
//	noisy[n, e] = Sample(clean[n, e]) of the model conditions[n, 0] at the parameters conditions[n, 1] and conditions[n, 2]
//
// all float32, with the Words of (Seed, Stream, step, sample n, element e), bit by bit as package noise prescribes. A model's number that there is not gives NaN.
type Observe struct {
	Clean, Noisy driver.Address // may be the same
	Conditions   driver.Address // three for each sample
	Scalars      driver.Address
	Samples      int
	Elements     int // of a sample
	Seed         uint64
	Stream       random.Stream
}

// observedChunk is how many elements of a sample a block takes.
const observedChunk = 1024

// Observe is one launch, bound by arithmetic: some 70 instructions for a random word, of which an element takes two to ten.
func (k *Kernels) Observe(s driver.Stream, o Observe) error {
	if err := positive("observe", o.Samples, o.Elements); err != nil {
		return err
	}
	chunks := parts(o.Elements, observedChunk)
	if err := positive("observe", o.Samples*chunks); err != nil {
		return err
	}
	return k.launch(s, "observe", "observe", k.blocks(o.Samples*chunks), block, 0, o.Clean, o.Noisy, o.Conditions, o.Scalars,
		uint32(o.Samples*chunks), uint32(chunks), uint32(o.Elements), o.Seed, uint32(o.Stream)<<24)
}
