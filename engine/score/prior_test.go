package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestPriorsAreSampledWithinTheirRange draws from each prior: values have its size, and hardly one is clipped.
func TestPriorsAreSampledWithinTheirRange(t *testing.T) {
	for _, listed := range Priors() {
		p := opened(t, listed.Name)
		random := rand.New(rand.NewPCG(11, 1))
		outside, total := 0, 0
		for range 4000 {
			values := p.Sample(random)
			if len(values) != p.Height*p.Width {
				t.Fatalf("%s: %d values for %d x %d", p.Name, len(values), p.Height, p.Width)
			}
			for i, stored := range p.Stored(values) {
				total++
				if !(stored >= 0 && stored <= 1) {
					outside++
				}
				near(t, p.Name+": there and back", p.Restored([]float64{stored})[0], values[i], 1e-12)
			}
		}
		if outside > total/20000 {
			t.Errorf("%s: %d of %d values are clipped", p.Name, outside, total)
		}
	}
	if _, err := OpenPrior("none"); err == nil {
		t.Error("a prior that there is not: no error")
	}
}

// TestPatchesLookLikePhotographs checks what the fit must have found: neighbouring pixels go together, and most of the variance is that of the mean.
func TestPatchesLookLikePhotographs(t *testing.T) {
	p := opened(t, "patches8")
	if p.Mixture.Components() < 20 {
		t.Errorf("%d components", p.Mixture.Components())
	}
	random := rand.New(rand.NewPCG(12, 1))
	var mean, variance, neighbours, count float64
	for range 3000 {
		x := p.Sample(random)
		patch := 0.0
		for _, value := range x {
			patch += value / 64
		}
		mean += patch
		variance += patch * patch
		for i := range 63 {
			if i%8 < 7 {
				neighbours += (x[i] - x[i+1]) * (x[i] - x[i+1])
				count++
			}
		}
	}
	mean /= 3000
	variance = variance/3000 - mean*mean
	if neighbours /= count; !(mean > 0.3 && mean < 0.6 && math.Sqrt(variance) > 0.15 && math.Sqrt(neighbours) < 0.5*math.Sqrt(variance)) {
		t.Errorf("mean %.3f, deviation of patches %.3f, of neighbours %.3f", mean, math.Sqrt(variance), math.Sqrt(neighbours))
	}
}
