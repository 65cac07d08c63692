package devicetest

import (
	"math"
	"testing"
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
