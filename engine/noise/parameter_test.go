package noise

import (
	"math"
	"testing"

	"tweedie/engine/random"
)

// TestRangesAreDrawnUniformly: a scale in its logarithm, anything else as it is; a single value is itself in every bit.
func TestRangesAreDrawnUniformly(t *testing.T) {
	for _, u := range []float32{0, 1. / 3, 0.5, 1 - 0x1p-24} {
		if got := (Range{0.7, 0.7, true}).At(u); got != 0.7 {
			t.Errorf("0.7 became %v", got)
		}
		for _, r := range []Range{{1, 1000, true}, {0.01, 1e6, true}, {0.1, 0.4, false}, {0, 0.2, false}} {
			from, to := float64(r.From), float64(r.To)
			want := from + (to-from)*float64(u)
			if r.Logarithmic {
				want = from * math.Pow(to/from, float64(u))
			}
			got := r.At(u)
			if !(math.Abs(float64(got)-want) <= 4e-6*want) || got < r.From || got > r.To {
				t.Errorf("%v at %v: %v, want %v", r, u, got, want)
			}
		}
	}
}

// TestDrawTakesModelsInTheirShares: of three components, whose parameters tell them apart, with levels of their own models.
func TestDrawTakesModelsInTheirShares(t *testing.T) {
	components := []Component{
		{Model: 0, Ranges: [2]Range{{0.1, 0.2, false}}, Until: 0.2},
		{Model: 1, Ranges: [2]Range{{10, 20, true}}, Until: 0.5},
		{Model: 2, Ranges: [2]Range{{100, 200, true}, {1, 2, true}}, Until: 1},
	}
	const n = 1 << 16
	models, counts := Models(), [3]int{}
	for i := range uint32(n) {
		words := random.Words(3, random.Levels, 0, i, 0)
		c := Draw(models, components, [3]float32{random.Uniform(words[0]), random.Uniform(words[1]), random.Uniform(words[2])})
		counts[c.Model]++
		for k, r := range components[c.Model].Ranges {
			if !(c.Values[k] >= r.From && c.Values[k] <= r.To) {
				t.Fatalf("model %d: parameter %d is %v, outside %v", c.Model, k, c.Values[k], r)
			}
		}
		if c.Level != models[c.Model].Level(c.Values) {
			t.Fatalf("model %d: level %v", c.Model, c.Level)
		}
	}
	for model, share := range []float64{0.2, 0.3, 0.5} {
		if deviation := math.Sqrt(share * (1 - share) / n); !(math.Abs(float64(counts[model])/n-share) <= 5*deviation) {
			t.Errorf("model %d: %d of %d samples, want %v", model, counts[model], n, share)
		}
	}
}
