package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

// differences is the Jacobian of a denoiser by central differences, so that nothing of the exact covariance is in it.
func differences(denoiser Denoiser) Jacobian {
	return func(noisy, directions []float64, sigma float64) ([]float64, error) {
		const step = 1e-5
		moved := func(by float64) ([]float64, error) {
			y := append([]float64(nil), noisy...)
			addScaled(y, by, directions)
			return denoiser(y, sigma)
		}
		ahead, err := moved(step)
		if err != nil {
			return nil, err
		}
		behind, err := moved(-step)
		for i := range ahead {
			ahead[i] = (ahead[i] - behind[i]) / (2 * step)
		}
		return ahead, err
	}
}

// TestDeviationsOfTheJacobian: the posterior mean's slopes are the posterior's variances, in the plane wherever it is likely and at draws of patches. A Jacobian a tenth too
// large, one below zero, and one that is not a number are told; so is one that is right nearly everywhere.
func TestDeviationsOfTheJacobian(t *testing.T) {
	for name, sigmas := range map[string][]float64{"ring8": {0.05, 0.3, 1}, "patches8": {0.2}} {
		m := opened(t, name).Mixture
		for _, sigma := range sigmas {
			o := m.At(sigma)
			places := noiseOf(o, 3, rand.New(rand.NewPCG(16, 1)))
			if m.Dimension() == 2 {
				places = o.likelyPlaces()
			}
			d, err := o.CompareDeviations(differences(Exact(m)), places)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s, sigma %v: %.2g off at most, over %d places", name, sigma, d.Most, d.Count)
			if !(d.Most <= 1e-4) || d.Within != 1 || d.Count < 3 {
				t.Errorf("%s, sigma %v: %+v", name, sigma, d)
			}
		}
	}
	m := opened(t, "ring8").Mixture
	o, exact := m.At(0.3), differences(Exact(m))
	changed := func(change func(product, x, y float64) float64) Jacobian {
		return func(noisy, directions []float64, sigma float64) ([]float64, error) {
			products, err := exact(noisy, directions, sigma)
			for i := range products {
				products[i] = change(products[i], noisy[i&^1], noisy[i|1])
			}
			return products, err
		}
	}
	for name, test := range map[string]struct {
		change       func(product, x, y float64) float64
		most, within float64
	}{
		"a tenth too large": {func(p, _, _ float64) float64 { return 1.21 * p }, 0.1, 0},
		"below zero":        {func(p, _, _ float64) float64 { return -p }, 1, 0},
		"not a number":      {func(float64, float64, float64) float64 { return math.NaN() }, math.NaN(), 0},
		"wrong at one side": {func(p, x, _ float64) float64 {
			if x > 1.3 {
				return 4 * p
			}
			return p
		}, 1, 0.9},
	} {
		d, err := o.CompareDeviations(changed(test.change), o.likelyPlaces())
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(d.Most-test.most) <= 1e-3) && !(math.IsNaN(d.Most) && math.IsNaN(test.most)) || !(d.Within >= test.within && d.Within <= test.within+0.1) {
			t.Errorf("%s: %v, %v within", name, d.Most, d.Within)
		}
	}
}

// TestLikelyPlacesCoverTheDensity: they hold almost all that is seen, none of them is rare, and each component has its own.
func TestLikelyPlacesCoverTheDensity(t *testing.T) {
	m := opened(t, "ring8").Mixture
	for _, sigma := range []float64{0.05, 0.3, 1} {
		o := m.At(sigma)
		places := o.likelyPlaces()
		largest, close := math.Inf(-1), make([]int, m.Components())
		for at := 0; at < len(places); at += 2 {
			largest = max(largest, o.LogDensity(places[at:at+2]))
			for k, c := range m.components {
				if math.Hypot(places[at]-c.mean[0], places[at+1]-c.mean[1]) < 0.1 {
					close[k]++
				}
			}
		}
		for at := 0; at < len(places); at += 2 {
			if !(o.LogDensity(places[at:at+2]) >= largest+math.Log(Likely)-1e-9) {
				t.Fatalf("sigma %v: %v is less likely than a hundredth of the likeliest", sigma, places[at:at+2])
			}
		}
		for k, count := range close {
			if count == 0 {
				t.Errorf("sigma %v: no place is near component %d", sigma, k)
			}
		}
		// Of draws, the share whose density is above the threshold is within a grid cell of a place.
		covered, above := 0, 0
		draws := noiseOf(o, 500, rand.New(rand.NewPCG(15, 1)))
		for ; len(draws) > 0; draws = draws[2:] {
			y := draws[:2]
			if o.LogDensity(y) < largest+math.Log(Likely)+0.1 {
				continue
			}
			above++
			nearest := math.Inf(1)
			for at := 0; at < len(places); at += 2 {
				nearest = min(nearest, math.Hypot(places[at]-y[0], places[at+1]-y[1]))
			}
			if nearest <= math.Hypot(0.1, sigma)/8 {
				covered++
			}
		}
		if above < 400 || covered != above {
			t.Errorf("sigma %v: %d of %d likely draws are near a place", sigma, covered, above)
		}
	}
}
