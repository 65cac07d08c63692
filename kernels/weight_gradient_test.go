//go:build gpu

package kernels

import (
	"fmt"
	"slices"
	"testing"

	"tweedie/kernels/driver"
)

// testWeightGradient compares one weight gradient with the reference, a second run with the first, one as another device computes it with the first
// in every bit, and those of other slices with the reference again.
func testWeightGradient(b *bench, g WeightGradient, a Algorithm, withBias, negate bool) {
	b.Helper()
	height, width := g.convolution().positions()
	weights := g.OutChannels * g.Channels * g.Kernel * g.Kernel
	input := b.random(1, g.Samples*g.Height*g.Width*g.Channels, g.Input)
	gradient := b.random(2, g.Samples*height*width*g.OutChannels, g.OutputGradient)
	want, bound, wantBias, biasBound := g.reference(a, input.values, gradient.values, negate)
	run := func(a Algorithm) (weight, bias []float32) {
		arrays := WeightGradientArrays{
			Input: input.address, OutputGradient: gradient.address, Gradient: b.allocate(4*weights, 0), Negate: negate,
			Workspace: b.allocate(int(g.WorkspaceBytes(a)), 0),
		}
		if withBias {
			arrays.BiasGradient = b.allocate(4*g.OutChannels, 0)
		}
		b.must(b.kernels.WeightGradient(b.stream, g, a, arrays))
		weight = b.result(arrays.Gradient, weights, Float32)
		if withBias {
			bias = b.result(arrays.BiasGradient, g.OutChannels, Float32)
		}
		name := fmt.Sprintf("%s %+v", a, g)
		if err := compare(weight, want, bound); err != nil {
			b.Fatalf("%s: %v", name, err)
		}
		if withBias {
			if err := compare(bias, wantBias, biasBound); err != nil {
				b.Fatalf("%s: bias: %v", name, err)
			}
		}
		return weight, bias
	}
	weight, bias := run(a)
	own := b.kernels.multiprocessors
	for what, multiprocessors := range map[string]int{"again": own, "on another device": 132 + own} {
		b.kernels.multiprocessors = multiprocessors
		again, biasAgain := run(a)
		b.sameBits(what, again, weight)
		if withBias {
			b.sameBits("bias "+what, biasAgain, bias)
		}
	}
	b.kernels.multiprocessors = own
	run(a + " 1")
	run(a + " 2")
	b.free()
}

func (s awkward) weightGradient(input, gradient Type) WeightGradient {
	c := s.convolution(false, input, gradient)
	return WeightGradient{c.Samples, c.Height, c.Width, c.Channels, c.OutChannels, c.Kernel, input, gradient}
}

func testWeightGradients(t *testing.T, a Algorithm, sizes []awkward) {
	onDevice(t, func(b *bench) {
		run := 0
		for _, size := range sizes {
			types := [2]Type{BFloat16, BFloat16}
			if a != TensorCore {
				types = a.types()[run%4]
			}
			g := size.weightGradient(types[0], types[1])
			if !slices.Contains(b.kernels.WeightGradientAlgorithms(g), a) {
				continue
			}
			testWeightGradient(b, g, a, run%3 > 0, run%2 == 1)
			run++
		}
		if run < len(sizes)/3 {
			t.Errorf("%s took only %d of %d sizes", a, run, len(sizes))
		}
	})
}

func TestWeightGradientDirect(t *testing.T) { testWeightGradients(t, Direct, awkwardFloats()) }
func TestWeightGradientThin(t *testing.T)   { testWeightGradients(t, Thin, awkwardFloats()) }
func TestWeightGradientTensorCore(t *testing.T) {
	testWeightGradients(t, TensorCore, awkwardTensorCore())
}

// TestWeightGradientDirectOfBFloat16 takes sizes of tensor cores: a Plan may choose Direct where TensorCore is the default.
func TestWeightGradientDirectOfBFloat16(t *testing.T) {
	testWeightGradients(t, Direct, awkwardTensorCore()[:6])
}

// TestWeightGradientThinTypes runs each kernel of Thin, few inputs and few outputs.
func TestWeightGradientThinTypes(t *testing.T) {
	onDevice(t, func(b *bench) {
		for _, types := range Thin.types() {
			for _, size := range []awkward{{2, 5, 11, 1, 8, 3}, {1, 3, 7, 9, 2, 3}, {1, 3, 7, 4, 71, 1}, {1, 4, 5, 20, 3, 1}} {
				testWeightGradient(b, size.weightGradient(types[0], types[1]), Thin, true, false)
			}
		}
	})
}

func TestSlicesHoldEachUnitOnce(t *testing.T) {
	for _, units := range []int{1, 2, 7, 131, 132, 133, 800, 1 << 20} {
		for _, tiles := range []int{1, 3, 64, 1000} {
			for _, blocks := range []int{1, 108, 132, 264} {
				s := slicesOf(units, tiles, blocks)
				if s.count < 1 || s.each < 1 || s.count*s.each < units || (s.count-1)*s.each >= units {
					t.Errorf("%d units, %d tiles, %d blocks: %d slices of %d", units, tiles, blocks, s.count, s.each)
				}
				if s.count > 1 && s.count*tiles > blocks+tiles {
					t.Errorf("%d units, %d tiles, %d blocks: %d slices of %d are too many", units, tiles, blocks, s.count, s.each)
				}
			}
		}
	}
}

// TestWeightGradientAlgorithmsOfADevice are those of all devices, and the preferred one dealt to its own multiprocessors.
func TestWeightGradientAlgorithmsOfADevice(t *testing.T) {
	g := WeightGradient{128, 40, 40, 64, 64, 3, BFloat16, BFloat16}
	for multiprocessors, want := range map[int][]Algorithm{
		108: {TensorCore, Direct, "mma 108"}, 142: {TensorCore, Direct, "mma 142"}, 132: {TensorCore, Direct}, 148: {TensorCore, Direct, "mma 148"},
	} {
		k := &Kernels{multiprocessors: multiprocessors}
		if got := k.WeightGradientAlgorithms(g); !slices.Equal(got, want) {
			t.Errorf("%d multiprocessors: %v, want %v", multiprocessors, got, want)
		}
	}
	for a, want := range map[Algorithm]bool{
		TensorCore: true, "direct": true, "mma 7": true, "mma 0": false, "mma x": false, "mma 07": false, "mma 7 8": false, "thin": false, "mma ": false,
	} {
		if got := g.Computes(a); got != want {
			t.Errorf("%q computes it: %v", a, got)
		}
	}
	if a, b := g.slices("mma 108"), g.slices("mma 132"); a == b || b != g.slices(TensorCore) {
		t.Errorf("slices are %v, %v and %v", a, b, g.slices(TensorCore))
	}
}

func TestWeightGradientMistakesAreErrors(t *testing.T) {
	k := &Kernels{multiprocessors: 1, sharedBytes: 99 << 10}
	g := WeightGradient{1, 4, 4, 8, 8, 3, Float32, Float32}
	for name, run := range map[string]func() error{
		"thin":      func() error { return k.WeightGradient(driver.Stream{}, g, Thin, WeightGradientArrays{}) },
		"mma":       func() error { return k.WeightGradient(driver.Stream{}, g, TensorCore, WeightGradientArrays{}) },
		"unknown":   func() error { return k.WeightGradient(driver.Stream{}, g, "fast", WeightGradientArrays{}) },
		"dealt":     func() error { return k.WeightGradient(driver.Stream{}, g, "direct 0", WeightGradientArrays{}) },
		"alignment": func() error { return k.WeightGradient(driver.Stream{}, g, Direct, WeightGradientArrays{Workspace: 4}) },
		"kernel": func() error {
			return k.WeightGradient(driver.Stream{}, WeightGradient{1, 4, 4, 8, 8, 5, Float32, Float32}, Direct, WeightGradientArrays{})
		},
	} {
		if run() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
