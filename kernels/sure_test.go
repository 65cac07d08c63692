//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"testing"

	"tweedie/engine/noise"
	"tweedie/engine/random"
)

// TestSURE compares with the definition around a chunk, at every alignment, in place, and with fewer blocks than chunks, by tangents and by differences; a sample
// whose model has no Stein is NaN, and its neighbours are not.
func TestSURE(t *testing.T) {
	onDevice(t, func(b *bench) {
		for i, shape := range [][2]int{{5, chunk - 1}, {5, chunk}, {4, chunk + 1}, {4, 5*chunk + 4}, {300, 3}, {301, 3}} {
			samples, elements, hasTangent := shape[0], shape[1], i%2 == 0
			const share = 0.375
			denoised, noisy, probe, other := values(1, samples*elements), values(2, samples*elements), values(4, samples*elements), values(3, samples*elements)
			conditions, losses := make([]float32, 3*samples), make([]float64, samples)
			gradient, otherGradient := make([]float32, samples*elements), make([]float32, samples*elements)
			factor := float32(2 / float64(samples*elements))
			for i := range denoised {
				n := i / elements
				model, number := noise.Models()[[]int{0, 1, 3, 4}[n%4]], float32([]int{0, 1, 3, 4}[n%4])
				values := noise.Values{0.75, 0.25}
				copy(conditions[3*n:], []float32{number, values[0], values[1]})
				v := float32(math.NaN())
				if model.Stein != nil {
					v = model.Stein(noisy[i], values)
				}
				difference, weight := denoised[i]-noisy[i], v*probe[i]
				gradient[i], otherGradient[i] = factor*difference, factor*weight
				term := float64(difference)*float64(difference) + 2*float64(weight)*float64(other[i])
				if !hasTangent {
					opposite, response := other[i]-noisy[i], denoised[i]-other[i]
					weight = model.SteinWeight(noisy[i], values, probe[i], share)
					gradient[i], otherGradient[i] = 0.5*factor*(difference+weight), 0.5*factor*(opposite-weight)
					term = 0.5*(float64(difference)*float64(difference)+float64(opposite)*float64(opposite)) + float64(weight)*float64(response)
				}
				losses[n] += term - float64(v)
			}
			var first []float32
			b.withFewBlocks(func() {
				for _, skew := range []int{0, 4, 8} {
					for _, inPlace := range []bool{false, true} {
						u := SURE{
							Denoised: upload(b, denoised, skew), Noisy: upload(b, noisy, skew), Probe: upload(b, probe, skew), Other: upload(b, other, skew),
							Conditions: upload(b, conditions, 4), Losses: b.allocate(4*samples, 4), HasTangent: hasTangent, Share: share, Samples: samples, Elements: elements,
						}
						u.Workspace = b.allocate(int(MSEBytes(samples, elements)), 0)
						u.Gradient, u.OtherGradient = u.Denoised, u.Other
						if !inPlace {
							u.Gradient, u.OtherGradient = b.allocate(4*samples*elements, skew), b.allocate(4*samples*elements, skew)
						}
						b.must(b.kernels.SURE(b.stream, u))
						got := download[float32](b, u.Losses, samples)
						for n, sum := range losses {
							want := sum / float64(elements)
							if n%4 == 3 {
								if got[n] == got[n] {
									t.Fatalf("%v: loss %d is %v, want NaN", shape, n, got[n])
								}
								continue
							}
							// The terms are below 100 and summed in double; the loss is rounded once.
							if !(math.Abs(float64(got[n])-want) <= 0x1p-24*math.Abs(want)+1e-11) {
								t.Fatalf("%v: loss %d is %v, want %v", shape, n, got[n], want)
							}
						}
						if first == nil {
							first = got
						}
						b.sameBits(fmt.Sprintf("%v: losses at another alignment or grid", shape), oneNaN(got), oneNaN(first))
						b.sameBits(fmt.Sprintf("%v: gradient", shape), oneNaN(download[float32](b, u.Gradient, samples*elements)), oneNaN(gradient))
						b.sameBits(fmt.Sprintf("%v: the other gradient", shape), oneNaN(download[float32](b, u.OtherGradient, samples*elements)), oneNaN(otherGradient))
					}
				}
			})
		}
	})
}

// TestDisplace: as package noise has it, bit by bit, around a chunk, at any alignment, with fewer blocks than chunks.
func TestDisplace(t *testing.T) {
	onDevice(t, func(b *bench) {
		for _, shape := range [][2]int{{5, chunk - 1}, {5, chunk}, {4, chunk + 1}, {300, 3}} {
			samples, elements := shape[0], shape[1]
			noisy, probe, levels := values(1, samples*elements), values(2, samples*elements), values(3, samples)
			conditions, raised := make([]float32, 3*samples), make([]float32, samples)
			displaced, opposite := make([]float32, samples*elements), make([]float32, samples*elements)
			for i := range noisy {
				n := i / elements
				number := []int{0, 1, 3, 5}[n%4]
				copy(conditions[3*n:], []float32{float32(number), 0.75, 0.25})
				displaced[i] = noise.Models()[number].SteinDisplaced(noisy[i], noise.Values{0.75, 0.25}, probe[i], 0.3)
				opposite[i] = noise.Models()[number].SteinDisplaced(noisy[i], noise.Values{0.75, 0.25}, -probe[i], 0.3)
				raised[n] = noise.Raised(levels[n], 0.3)
			}
			b.withFewBlocks(func() {
				for _, skew := range []int{0, 4} {
					d := Displace{
						Noisy: upload(b, noisy, skew), Probe: upload(b, probe, skew), Conditions: upload(b, conditions, 4), Levels: upload(b, levels, 4),
						Displaced: b.allocate(8*len(noisy), skew), Raised: b.allocate(8*samples, 4), Samples: samples, Elements: elements, Share: 0.3,
					}
					b.must(b.kernels.Displace(b.stream, d))
					got := download[float32](b, d.Displaced, 2*len(noisy))
					b.sameBits(fmt.Sprint(shape, ": displaced"), oneNaN(got[:len(noisy)]), oneNaN(displaced))
					b.sameBits(fmt.Sprint(shape, ": to the other side"), oneNaN(got[len(noisy):]), oneNaN(opposite))
					all := download[float32](b, d.Raised, 2*samples)
					b.sameBits(fmt.Sprint(shape, ": raised"), all[:samples], raised)
					b.sameBits(fmt.Sprint(shape, ": raised, of the other side"), all[samples:], raised)
				}
			})
		}
	})
}

// oneNaN replaces every value that is not a number by the same one: their bits are free.
func oneNaN(values []float32) []float32 {
	for i, value := range values {
		if value != value {
			values[i] = float32(math.NaN())
		}
	}
	return values
}

// TestRandomProbe: the signs are the top bits of Philox's words, the normal values those of package noise, at any alignment and around a chunk.
func TestRandomProbe(t *testing.T) {
	onDevice(t, func(b *bench) {
		for i, elements := range []int{1, 3, probeChunk - 1, probeChunk, probeChunk + 1, 3*probeChunk + 4} {
			for _, normal := range []bool{false, true} {
				r := RandomProbe{Samples: 5, Elements: elements, Normal: normal, Seed: 1<<50 + uint64(i), Stream: random.Probes, Scalars: b.scalars(1<<31+5, 0)}
				want := make([]float32, r.Samples*elements)
				for i := range want {
					sample, element := uint32(i/elements), i%elements
					if normal {
						w := noise.Words{Seed: r.Seed, Stream: r.Stream, Step: 1<<31 + 5, Sample: sample}
						w.At(element)
						want[i] = w.Normal()
					} else {
						want[i] = 1 - 2*float32(random.Words(r.Seed, r.Stream, 1<<31+5, sample, uint32(element/4))[element%4]>>31)
					}
				}
				b.withFewBlocks(func() {
					for _, skew := range []int{0, 4} {
						r.Output = b.allocate(4*len(want), skew)
						b.must(b.kernels.RandomProbe(b.stream, r))
						b.sameBits(fmt.Sprint(elements, " elements, normal ", normal), download[float32](b, r.Output, len(want)), want)
					}
				})
			}
		}
	})
}
