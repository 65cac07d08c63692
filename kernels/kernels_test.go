//go:build gpu

package kernels

import (
	"strings"
	"testing"

	"tweedie/kernels/driver"
)

func TestUnknownKernelIsNamed(t *testing.T) {
	onDevice(t, func(b *bench) {
		err := b.kernels.launch(b.stream, "add", "subtract", driver.Dim{X: 1}, block, 0)
		if err == nil || !strings.Contains(err.Error(), "subtract") {
			t.Errorf("launching a kernel that is not there gives %v", err)
		}
	})
}

// Mistakes of the caller are errors before anything is launched: these run without a device.
func TestMistakesAreErrors(t *testing.T) {
	k, s := &Kernels{multiprocessors: 1}, driver.Stream{}
	single, half, bytes := Array{8, Float32}, Array{8, BFloat16}, Array{8, Uint8}
	for name, err := range map[string]error{
		"adding nothing":          k.Add(s, Add{Output: single, Elements: 1}),
		"adding four":             k.Add(s, Add{Inputs: []Array{single, single, single, single}, Output: single, Elements: 1}),
		"adding two types":        k.Add(s, Add{Inputs: []Array{single, half}, Output: single, Elements: 1}),
		"masking by another type": k.Add(s, Add{Inputs: []Array{single}, Mask: half, Output: single, Elements: 1}),
		"adding bytes":            k.Add(s, Add{Inputs: []Array{bytes}, Output: bytes, Elements: 1}),
		"adding no elements":      k.Add(s, Add{Inputs: []Array{single}, Output: single}),
		"channels of two types":   k.Channels(s, Channels{Input: single, Output: half, Positions: 1, InputChannels: 1, OutputChannels: 1}),
		"no channels":             k.Channels(s, Channels{Input: single, Output: single, Positions: 1, OutputChannels: 1}),
		"no positions":            k.Channels(s, Channels{Input: single, Output: single, InputChannels: 1, OutputChannels: 1}),
		"a map of no samples":     k.NoiseMap(s, NoiseMap{Input: single, Output: single, Positions: 1, Channels: 1}),
		"a map of two types":      k.NoiseMap(s, NoiseMap{Input: single, Output: half, Samples: 1, Positions: 1, Channels: 1}),
		"the error of no samples": k.MSE(s, MSE{Elements: 1}),
		"an error of nothing":     k.L1(s, L1{Samples: 1}),
		"a risk of nothing":       k.SURE(s, SURE{Samples: 1}),
		"signs beyond 32 bits":    k.RandomProbe(s, RandomProbe{Samples: 1, Elements: 1 << 31}),
		"displacing nothing":      k.Displace(s, Displace{Samples: 1}),
		"a norm of nothing":       k.GradientNorm(s, GradientNorm{}),
		"an update of nothing":    k.Adam(s, Adam{}),
		"an average of nothing":   k.Average(s, Average{}),
		"a ring of no rows":       k.Record(s, Record{Samples: 1}),
		"patches of floats":       k.Patches(s, Patches{Pixels: single, Images: 1, Samples: 1, Height: 1, Width: 1}),
		"patches of no images":    k.Patches(s, Patches{Pixels: bytes, Samples: 1, Height: 1, Width: 1}),
		"patches beyond 32 bits":  k.Patches(s, Patches{Pixels: bytes, Images: 1, Samples: 1, Height: 1 << 16, Width: 1 << 16}),
		"turned rectangles":       k.Patches(s, Patches{Pixels: bytes, Images: 1, Samples: 1, Height: 1, Width: 2}),
		"noise for no samples":    k.AddNoise(s, AddNoise{Elements: 1}),
		"noise beyond 32 bits":    k.AddNoise(s, AddNoise{Samples: 1, Elements: 1 << 31}),
	} {
		if err == nil {
			t.Errorf("%s is no error", name)
		} else if strings.Contains(err.Error(), "make gpu") {
			t.Errorf("%s comes as far as the launch: %v", name, err)
		}
	}
}
