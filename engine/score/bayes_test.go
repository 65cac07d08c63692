package score

import (
	"math"
	"testing"
)

// TestBayesMSEOfOneGaussian compares with Wiener's formula, the mean of variance sigma^2 / (variance + sigma^2).
func TestBayesMSEOfOneGaussian(t *testing.T) {
	for name, variances := range map[string][]float64{"line": {0.7}, "plane": {0.7, 0.01}, "volume": {0.7, 0.01, 3}} {
		d := len(variances)
		covariance, mean := make([]float64, d*d), make([]float64, d)
		for i, variance := range variances {
			covariance[i*d+i] = variance
		}
		m, err := NewMixture([]Component{{1, mean, covariance}})
		if err != nil {
			t.Fatal(err)
		}
		for _, sigma := range []float64{0.05, 0.5, 5} {
			want := 0.0
			for _, variance := range variances {
				want += variance * sigma * sigma / (variance + sigma*sigma) / float64(d)
			}
			mse, _ := m.At(sigma).BayesMSE(10, 1) // the same at every y
			near(t, name, mse, want, 1e-9*want)
		}
	}
}

// TestBayesMSEOfTwoPoints compares with the integral for a sign in noise (Guo, Shamai & Verdu 2005): 1 - E tanh(1/s^2 + z/s).
func TestBayesMSEOfTwoPoints(t *testing.T) {
	line, err := Points([][]float64{{-1}, {1}})
	if err != nil {
		t.Fatal(err)
	}
	plane, err := Points([][]float64{{-1, 0}, {1, 0}})
	if err != nil {
		t.Fatal(err)
	}
	for _, sigma := range []float64{0.4, 1, 3} {
		want := 0.0
		const step = 1e-3
		for i := -10000; i <= 10000; i++ {
			z := step * float64(i)
			want += step * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * (1 - math.Tanh(1/(sigma*sigma)+z/sigma))
		}
		mse, uncertainty := line.At(sigma).BayesMSE(0, 1)
		near(t, "on a line", mse, want, 1e-8)
		near(t, "the change on halving the step", uncertainty, 0, 1e-8)
		mse, _ = plane.At(sigma).BayesMSE(0, 1)
		near(t, "in the plane", mse, want/2, 1e-8)
	}
}

// TestBayesMSEByDraws compares the quadrature with the Monte Carlo of the same mixture: of a few components and, over one grid, of many.
func TestBayesMSEByDraws(t *testing.T) {
	for _, o := range []*Observed{correlated(t, 2, 4).At(0.1), correlated(t, 2, 4).At(1), opened(t, "circle").Mixture.At(0.3)} {
		exact, _ := o.BayesMSE(0, 1)
		drawn, standardError := o.monteCarloMSE(20000, 1)
		near(t, "the mean squared error of draws", drawn, exact, 5*standardError)
		if !(standardError < 0.02*exact) {
			t.Errorf("the standard error %v of %v tells nothing", standardError, drawn)
		}
	}
}
