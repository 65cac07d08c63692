//go:build gpu

package kernels

import (
	"math"
	"testing"

	"tweedie/engine/noise"
	"tweedie/engine/random"
)

// TestObserveHasTheBitsOfPackageNoise: around a chunk, with more chunks than blocks, in place, for every model, values that are not finite, and a
// model that there is not.
func TestObserveHasTheBitsOfPackageNoise(t *testing.T) {
	models := noise.Models()
	onDevice(t, func(b *bench) {
		for i, elements := range []int{1, 3, observedChunk - 1, observedChunk, observedChunk + 1, 3*observedChunk + 5} {
			samples := len(models) + 1
			clean, conditions := values(uint64(i), samples*elements), []float32{}
			clean[0] = float32(math.NaN())
			clean[len(clean)/2] = float32(math.Inf(1))
			want := make([]float32, len(clean))
			o := Observe{Samples: samples, Elements: elements, Seed: 1<<50 + 3, Stream: random.Validation}
			for n := range samples {
				given := noise.Values{20 + 30*float32(i), 0.5}
				conditions = append(conditions, float32(n), given[0], given[1])
				from, to := clean[n*elements:(n+1)*elements], want[n*elements:(n+1)*elements]
				if n < len(models) {
					models[n].Apply(to, from, given, &noise.Words{Seed: o.Seed, Stream: o.Stream, Step: 1<<31 + 5, Sample: uint32(n)})
					continue
				}
				for e := range to {
					to[e] = float32(math.NaN())
				}
			}
			o.Scalars, o.Conditions = b.scalars(1<<31+5, 0), upload(b, conditions, 0)
			b.withFewBlocks(func() {
				for _, skew := range []int{0, 4} {
					o.Clean = upload(b, clean, skew)
					o.Noisy = o.Clean
					b.must(b.kernels.Observe(b.stream, o))
					got := download[float32](b, o.Noisy, len(clean))
					for e := range want {
						if got[e] != want[e] && !(got[e] != got[e] && want[e] != want[e]) {
							t.Fatalf("%d elements: sample %d, element %d is %v, want %v", elements, e/elements, e%elements, got[e], want[e])
						}
					}
				}
			})
		}
	})
}
