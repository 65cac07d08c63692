//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"testing"

	"tweedie/kernels/driver"
)

// TestMSE and TestL1 compare losses and gradients with sums in float64, at every alignment, around a chunk, and with fewer blocks than chunks.
func TestMSE(t *testing.T) {
	testLoss(t, (*Kernels).MSE, func(d float64) float64 { return d * d }, func(d, scale float32) float32 { return 2 * scale * d })
}

func TestL1(t *testing.T) {
	testLoss(t, func(k *Kernels, s driver.Stream, m MSE) error { return k.L1(s, L1(m)) }, math.Abs, func(d, scale float32) float32 {
		if d == 0 {
			return 0
		}
		return float32(math.Copysign(float64(scale), float64(d)))
	})
}

func testLoss(t *testing.T, launch func(*Kernels, driver.Stream, MSE) error, term func(float64) float64, slope func(difference, scale float32) float32) {
	onDevice(t, func(b *bench) {
		for _, shape := range [][2]int{{3, chunk - 1}, {3, chunk}, {2, chunk + 1}, {2, 5*chunk + 4}, {300, 3}, {9, 4}} {
			samples, elements := shape[0], shape[1]
			denoised, clean := values(1, samples*elements), values(2, samples*elements)
			losses, gradient := make([]float64, samples), make([]float32, samples*elements)
			for i := range denoised {
				if i%7 == 3 {
					denoised[i] = clean[i]
				}
				difference := denoised[i] - clean[i]
				losses[i/elements] += term(float64(difference))
				gradient[i] = slope(difference, float32(1/float64(samples*elements)))
			}
			var first []float32
			b.withFewBlocks(func() {
				for _, skew := range []int{0, 4, 8} {
					for _, inPlace := range []bool{false, true} {
						m := MSE{Denoised: upload(b, denoised, skew), Clean: upload(b, clean, skew), Losses: b.allocate(4*samples, 4), Samples: samples, Elements: elements}
						m.Workspace = b.allocate(int(MSEBytes(samples, elements)), 0)
						m.Gradient = m.Denoised
						if !inPlace {
							m.Gradient = b.allocate(4*samples*elements, skew)
						}
						b.must(launch(b.kernels, b.stream, m))
						got := download[float32](b, m.Losses, samples)
						for n, want := range losses {
							want /= float64(elements)
							if !(math.Abs(float64(got[n])-want) <= 0x1p-24*want*(1+1e-12)) {
								t.Fatalf("%v: loss %d is %v, want %v", shape, n, got[n], want)
							}
						}
						if first == nil {
							first = got
						}
						b.sameBits(fmt.Sprintf("%v: losses at another alignment or grid", shape), got, first)
						b.sameBits(fmt.Sprintf("%v: gradient", shape), download[float32](b, m.Gradient, samples*elements), gradient)
					}
				}
			})
		}
	})
}
