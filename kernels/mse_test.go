//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"testing"
)

func TestMSE(t *testing.T) {
	onDevice(t, func(b *bench) {
		for _, shape := range [][2]int{{3, chunk - 1}, {3, chunk}, {2, chunk + 1}, {2, 5*chunk + 4}, {300, 3}, {9, 4}} {
			samples, elements := shape[0], shape[1]
			denoised, clean := values(1, samples*elements), values(2, samples*elements)
			losses, gradient := make([]float64, samples), make([]float32, samples*elements)
			for i := range denoised {
				difference := denoised[i] - clean[i]
				losses[i/elements] += float64(difference) * float64(difference)
				gradient[i] = float32(2/float64(samples*elements)) * difference
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
						b.must(b.kernels.MSE(b.stream, m))
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
