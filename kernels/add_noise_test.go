//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// Levels from 0 to 1 are the upper 24 bits of the first word of Philox.
func TestLevelsAreDrawnByPhilox(t *testing.T) {
	onDevice(t, func(b *bench) {
		for seed, step := range map[uint64]uint32{0: 0, 1<<40 + 5: 12345, math.MaxUint64: math.MaxUint32} {
			n := AddNoise{Samples: 777, Elements: 5, Draw: true, To: 1, Seed: seed, Stream: random.Noise, Scalars: b.scalars(step, 0)}
			n.Clean, n.Levels = upload(b, values(1, n.Samples*n.Elements), 0), b.allocate(4*n.Samples, 4)
			n.Noisy = n.Clean
			b.must(b.kernels.AddNoise(b.stream, n))
			for sample, got := range download[float32](b, n.Levels, n.Samples) {
				if want := random.Uniform(random.Words(seed, random.Levels, uint64(step), uint32(sample), 0)[0]); got != want {
					t.Fatalf("seed %d, step %d: level %d is %v, want %v", seed, step, sample, got, want)
				}
			}
		}
	})
}

// noiseOnCPU is what the CPU's kernels of AVX2 make of an AddNoise.
func noiseOnCPU(t *testing.T, n AddNoise, clean []float32, step uint64) (noisy, levels []float32) {
	if !slices.Contains(cpu.Tiers(), "avx2") {
		t.Skip("this processor or this build lacks the kernels of AVX2, with which noise is compared bit by bit")
	}
	d, err := cpu.New(cpu.Options{Threads: 1, Tier: "avx2"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	op := program.AddNoise{
		Clean:  program.Tensor{Name: "clean", Shape: []int{n.Samples, n.Elements, 1, 1}, Role: program.Input},
		Noisy:  program.Tensor{Name: "noisy", Shape: []int{n.Samples, n.Elements, 1, 1}, Role: program.Recorded},
		Levels: program.Tensor{Name: "levels", Shape: []int{n.Samples}, Role: program.Recorded},
		From:   n.From, To: n.To, Seed: n.Seed, Stream: n.Stream,
	}
	s, err := d.NewState([]program.Tensor{op.Clean, op.Noisy, op.Levels})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e, err := d.Compile(&program.Program{Name: "noise", Operations: []program.Operation{op}}, s, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	noisy, levels = make([]float32, len(clean)), make([]float32, n.Samples)
	for _, err := range []error{s.Write("clean", clean), e.Run(program.Scalars{Step: step}), s.Read("noisy", noisy), s.Read("levels", levels)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return noisy, levels
}

func TestNoiseHasTheBitsOfTheCPU(t *testing.T) {
	onDevice(t, func(b *bench) {
		for i, elements := range []int{1, 3, noiseChunk - 1, noiseChunk, noiseChunk + 1, 5*noiseChunk + 4} {
			n := AddNoise{Samples: 7, Elements: elements, Draw: true, From: 0.05, To: 0.7, Seed: 1<<50 + 3, Stream: random.Validation}
			clean := values(uint64(i), n.Samples*elements)
			noisy, levels := noiseOnCPU(t, n, clean, 1<<31+5)
			n.Scalars = b.scalars(1<<31+5, 0)
			b.withFewBlocks(func() {
				for _, skew := range []int{0, 4} {
					n.Clean, n.Noisy, n.Levels = upload(b, clean, skew), b.allocate(4*len(clean), skew), b.allocate(4*n.Samples, 0)
					b.must(b.kernels.AddNoise(b.stream, n))
					b.sameBits(fmt.Sprintf("levels, %d elements", elements), download[float32](b, n.Levels, n.Samples), levels)
					b.sameBits(fmt.Sprintf("noise, %d elements", elements), download[float32](b, n.Noisy, len(clean)), noisy)
				}
			})
			given := n
			given.Draw, given.From, given.To = false, 9, 9
			given.Noisy = b.allocate(4*len(clean), 0)
			b.must(b.kernels.AddNoise(b.stream, given))
			b.sameBits("noise of given levels", download[float32](b, given.Noisy, len(clean)), noisy)
			b.sameBits("given levels", download[float32](b, given.Levels, n.Samples), levels)
		}
	})
}
