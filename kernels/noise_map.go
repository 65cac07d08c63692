//go:build gpu

package kernels

import "tweedie/kernels/driver"

// NoiseMap appends a channel that holds each sample's noise level, rounded to the arrays' type:
//
//	output[n, p, c] = c < Channels ? input[n, p, c] : level[n]    for samples n, positions p of a sample and c <= Channels
type NoiseMap struct {
	Input                        Array
	Level                        driver.Address // float32, one for each sample
	Output                       Array          // may not overlap Input
	Samples, Positions, Channels int
}

// NoiseMap is one launch, bound by memory: each element is read and written once. Both arrays have one type, float32 or bfloat16.
func (k *Kernels) NoiseMap(s driver.Stream, n NoiseMap) error {
	kind, err := floats("noise map", n.Input, n.Output)
	if err != nil {
		return err
	}
	if err := positive("noise map", n.Samples, n.Positions, n.Channels); err != nil {
		return err
	}
	elements := n.Samples * n.Positions * (n.Channels + 1)
	return k.launch(s, "noise_map", "noise_map"+kind.suffix(), k.blocks(parts(elements, chunk)), block, 0,
		n.Input.Address, n.Level, n.Output.Address, uint64(elements), uint32(n.Positions), uint32(n.Channels))
}
