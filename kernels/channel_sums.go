//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// ChannelSums is the gradient of a bias, for weight gradients that were computed elsewhere; the kernels of WeightGradient have it built in:
//
//	sums[c] = ± sum over pixels of input[pixel, c]
type ChannelSums struct {
	Input            Array
	Pixels, Channels int
	Sums             driver.Address // float32
	Negate           bool
	Workspace        driver.Address // ChannelSumsBytes
}

// channelSumsUnit is the least number of pixels of a slice.
const channelSumsUnit = 64

func channelSlices(pixels, channels int) slicing {
	s := slicesOf(parts(pixels, channelSumsUnit), parts(channels, 32), 8*standardMultiprocessors)
	return slicing{s.count, s.each * channelSumsUnit}
}

// ChannelSumsBytes is the size of the workspace: the sums of each slice of pixels.
func ChannelSumsBytes(pixels, channels int) int64 {
	return 4 * int64(channelSlices(pixels, channels).count) * int64(channels)
}

// ChannelSums is two launches, bound by memory: each element is read once. The sums are float32, over slices of the pixels and then over
// the slices in their order, which depends on the shape only.
func (k *Kernels) ChannelSums(s driver.Stream, c ChannelSums) error {
	kind, err := floats("channel sums", c.Input)
	if err != nil {
		return err
	}
	if err := positive("channel sums", c.Pixels, c.Channels); err != nil {
		return err
	}
	if aligned(kind.Bytes(), c.Input.Address) == 0 || aligned(4, c.Sums, c.Workspace) == 0 {
		return fmt.Errorf("channel sums: an array is not aligned to its elements")
	}
	slices := channelSlices(c.Pixels, c.Channels)
	grid := driver.Dim{X: slices.count, Y: parts(c.Channels, 32)}
	err = k.launch(s, "channel_sums", "channel_sums"+kind.suffix(), grid, block, 0,
		c.Input.Address, c.Workspace, uint32(c.Pixels), uint32(c.Channels), uint32(slices.each))
	if err != nil {
		return err
	}
	reduction := gradientSlices{partial: c.Workspace, bias: c.Sums, slices: int32(slices.count), outputs: int32(c.Channels), negate: flag(c.Negate)}
	return k.launch(s, "weight_gradient_reduce", "weight_gradient_reduce", driver.Dim{X: parts(c.Channels, 32)}, block, 0, driver.Struct(&reduction))
}
