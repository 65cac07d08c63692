//go:build gpu

package kernels

import (
	"fmt"
	"slices"
	"testing"
)

// Images of several chunks, whose rows of channels begin anywhere in them.
func TestChannelsOfManyChunks(t *testing.T) {
	onDevice(t, func(b *bench) {
		for _, c := range [][3]int{{3 * chunk, 1, 3}, {3001, 7, 3}, {5, 4099, 9001}, {5, 9001, 4099}, {2 * chunk, 1, 1}} {
			positions, inputs, outputs := c[0], c[1], c[2]
			input, want := values(1, positions*inputs), make([]float32, positions*outputs)
			for p := range positions {
				copy(want[p*outputs:(p+1)*outputs], input[p*inputs:(p+1)*inputs])
			}
			run := func(from, to Array) {
				b.must(b.kernels.Channels(b.stream, Channels{Input: from, Output: to, Positions: positions, InputChannels: inputs, OutputChannels: outputs}))
			}
			b.compareTypes(fmt.Sprint(c), input, want, run)
		}
	})
}

// Samples that end within a chunk, and several in one chunk.
func TestNoiseMapOfManyChunks(t *testing.T) {
	onDevice(t, func(b *bench) {
		for _, c := range [][3]int{{3, 5 * chunk / 2, 1}, {401, 11, 2}, {2, 1, 9001}, {2 * chunk, 1, 1}} {
			samples, positions, channels := c[0], c[1], c[2]
			input, levels, want := values(1, samples*positions*channels), values(2, samples), []float32{}
			for p := range samples * positions {
				want = append(append(want, input[p*channels:(p+1)*channels]...), levels[p/positions])
			}
			level := upload(b, levels, 4)
			run := func(from, to Array) {
				b.must(b.kernels.NoiseMap(b.stream, NoiseMap{Input: from, Level: level, Output: to, Samples: samples, Positions: positions, Channels: channels}))
			}
			b.compareTypes(fmt.Sprint(c), input, want, run)
		}
	})
}

// compareTypes runs a kernel that copies on both types; in bfloat16 what is wanted is rounded.
func (b *bench) compareTypes(what string, input, want []float32, run func(from, to Array)) {
	b.Helper()
	round := func(values []float32) []uint16 {
		var rounded []uint16
		for _, v := range values {
			rounded = append(rounded, roundBFloat16(v))
		}
		return rounded
	}
	b.withFewBlocks(func() {
		single := Array{b.allocate(4*len(want), 4), Float32}
		run(Array{upload(b, input, 4), Float32}, single)
		b.sameBits(what, download[float32](b, single.Address, len(want)), want)
		half := Array{b.allocate(2*len(want), 2), BFloat16}
		run(Array{upload(b, round(input), 2), BFloat16}, half)
		if got := download[uint16](b, half.Address, len(want)); !slices.Equal(got, round(want)) {
			b.Fatalf("%s: the result in bfloat16 differs", what)
		}
	})
}
