//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// Channels keeps an image's first channels if there are fewer outputs than inputs, and appends channels of zeros if there are more:
//
//	output[p, c] = c < Inputs ? input[p, c] : 0    for positions p and c < Outputs
type Channels struct {
	Input, Output                 Array // may not overlap
	Positions                     int   // samples * height * width
	InputChannels, OutputChannels int
}

// Channels is one launch, bound by memory: each element of the output is written, what of it comes from the input is read. Both arrays have one
// type, float32 or bfloat16.
func (k *Kernels) Channels(s driver.Stream, c Channels) error {
	kind, err := floats("channels", c.Input, c.Output)
	if err != nil {
		return err
	}
	if err := positive("channels", c.InputChannels, c.OutputChannels); err != nil {
		return err
	}
	if c.Positions < 1 {
		return fmt.Errorf("channels: %d positions; use at least one", c.Positions)
	}
	elements := c.Positions * c.OutputChannels
	return k.launch(s, "channels", "channels"+kind.suffix(), k.blocks(parts(elements, chunk)), block, 0,
		c.Input.Address, c.Output.Address, uint64(elements), uint32(c.InputChannels), uint32(c.OutputChannels))
}
