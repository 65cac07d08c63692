package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLineOfAGaussian compares with the closed form of the same prior.
func TestLineOfAGaussian(t *testing.T) {
	const mean, variance, sigma, y = 0.3, 0.04, 0.3, 0.9
	l, err := NewLine(-2, 3, func(x float64) float64 { return math.Exp(-(x - mean) * (x - mean) / (2 * variance)) })
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMixture([]Component{{1, []float64{mean}, []float64{variance}}})
	if err != nil {
		t.Fatal(err)
	}
	logDensity, posterior, left := l.Posterior(func(x float64) float64 {
		return -(y-x)*(y-x)/(2*sigma*sigma) - math.Log(sigma*math.Sqrt(2*math.Pi))
	})
	o := m.At(sigma)
	near(t, "ln p(y)", logDensity, o.LogDensity([]float64{y}), 1e-10)
	near(t, "the mean", posterior, o.Mean([]float64{y})[0], 1e-10)
	near(t, "the variance", left, o.Variance([]float64{y}), 1e-10)

	random := rand.New(rand.NewPCG(4, 1))
	values, squares := make([]float64, 100000), make([]float64, 100000)
	for i := range values {
		values[i] = l.Sample(random)
		squares[i] = (values[i] - mean) * (values[i] - mean)
	}
	got, standardError := MeanAndError(values)
	near(t, "the samples' mean", got, mean, 5*standardError)
	got, standardError = MeanAndError(squares)
	near(t, "the samples' variance", got, variance, 5*standardError)
}

func TestMistakesInALine(t *testing.T) {
	one := func(float64) float64 { return 1 }
	for name, make := range map[string]func() (*Line, error){
		"reversed": func() (*Line, error) { return NewLine(1, 0, one) },
		"infinite": func() (*Line, error) { return NewLine(0, math.Inf(1), one) },
		"negative": func() (*Line, error) { return NewLine(0, 1, func(x float64) float64 { return x - 0.5 }) },
		"NaN":      func() (*Line, error) { return NewLine(0, 1, func(float64) float64 { return math.NaN() }) },
		"nothing":  func() (*Line, error) { return NewLine(0, 1, func(float64) float64 { return 0 }) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
