package devicetest

import (
	"math"
	"testing"

	"tweedie/engine/program"
)

func TestCompareRefusesWhatProvesNothing(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	want, bound := []float64{1, -2, 0}, []float64{1e-6, 1e-6, 0}
	for name, c := range map[string]struct{ got, want, bound []float64 }{
		"NaN in the result":          {[]float64{1, nan, 0}, want, bound},
		"NaN in both":                {[]float64{1, nan, 0}, []float64{1, nan, 0}, bound},
		"NaN in the bound":           {[]float64{1, -2, 0}, want, []float64{1, nan, 0}},
		"infinity in both":           {[]float64{inf, -2, 0}, []float64{inf, -2, 0}, []float64{inf, inf, inf}},
		"7 % too much":               {[]float64{1, -2.14, 0}, want, bound},
		"a shorter result":           {[]float64{1, -2}, want, bound},
		"itself":                     {want, want, bound},
		"an error where none may be": {[]float64{1, -2, 1e-300}, want, bound},
	} {
		if Compare(c.got, c.want, c.bound) == nil {
			t.Errorf("%s passes", name)
		}
	}
	if err := Compare([]float64{1 + 5e-7, -2, 0}, want, bound); err != nil {
		t.Errorf("a result within the bound is refused: %v", err)
	}
}

// TestBoundsAreTight: no case allows a device an error above 2 % of its results' root mean square.
func TestBoundsAreTight(t *testing.T) {
	for _, c := range program.Cases() {
		want, bound := expected(t, c)
		for name, bounds := range bound {
			square, most := 0.0, 0.0
			for i, value := range want[name] {
				square += value * value / float64(len(bounds))
				most = max(most, bounds[i])
			}
			if !(most <= 2e-2*max(math.Sqrt(square), 1e-3)) { // a single result may be zero
				t.Errorf("%s: %s may be off by %v, its root mean square is %v", c.Name, name, most, math.Sqrt(square))
			}
		}
	}
}
