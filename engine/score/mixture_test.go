package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

// correlated is a mixture in d dimensions whose components have full covariances of very different sizes.
func correlated(t *testing.T, d, components int) *Mixture {
	t.Helper()
	random := rand.New(rand.NewPCG(7, uint64(d)))
	var list []Component
	for k := range components {
		c := Component{Weight: 0.2 + random.Float64(), Mean: normals(random, d), Covariance: make([]float64, d*d)}
		for range d + 1 {
			v := normals(random, d)
			for i := range d {
				addScaled(c.Covariance[i*d:(i+1)*d], 0.3*v[i]/float64(1+k*k), v)
			}
		}
		list = append(list, c)
	}
	m, err := NewMixture(list)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func normals(random *rand.Rand, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = random.NormFloat64()
	}
	return values
}

func near(t *testing.T, what string, got, want, bound float64) {
	t.Helper()
	if !(math.Abs(got-want) <= bound) {
		t.Errorf("%s is %.12g, not %.12g within %.2g", what, got, want, bound)
	}
}

// priors are mixtures and finite sets in several dimensions.
func priors(t *testing.T) map[string]*Mixture {
	points, err := Points([][]float64{{0, 1, 0}, {1, 1, 0.5}, {-1, 0.3, 2}})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*Mixture{"line": correlated(t, 1, 3), "plane": correlated(t, 2, 4), "five": correlated(t, 5, 3), "points": points}
}

// TestScoreIsTheSlopeOfTheLogDensity compares with central differences of ln p.
func TestScoreIsTheSlopeOfTheLogDensity(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for name, m := range priors(t) {
		for _, sigma := range []float64{0.1, 0.5, 3} {
			o := m.At(sigma)
			_, y := o.Sample(random)
			score := o.Score(y)
			for i := range y {
				const h = 1e-5
				up, down := append([]float64(nil), y...), append([]float64(nil), y...)
				up[i], down[i] = y[i]+h, y[i]-h
				slope := (o.LogDensity(up) - o.LogDensity(down)) / (2 * h)
				near(t, name+": the score", score[i], slope, 1e-6*(1+math.Abs(slope)))
			}
		}
	}
}

// TestCovarianceIsTheJacobian compares Cov[x|y] with sigma^2 dE[x|y]/dy by central differences, and its trace with Variance.
func TestCovarianceIsTheJacobian(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 1))
	for name, m := range priors(t) {
		for _, sigma := range []float64{0.2, 1} {
			o := m.At(sigma)
			_, y := o.Sample(random)
			d := len(y)
			covariance, trace := o.Covariance(y), 0.0
			for i := range y {
				const h = 1e-5
				up, down := append([]float64(nil), y...), append([]float64(nil), y...)
				up[i], down[i] = y[i]+h, y[i]-h
				above, below := o.Mean(up), o.Mean(down)
				for j := range y {
					near(t, name+": the covariance", covariance[j*d+i], sigma*sigma*(above[j]-below[j])/(2*h), 1e-7)
				}
				trace += covariance[i*d+i]
			}
			near(t, name+": the mean variance", o.Variance(y), trace/float64(d), 1e-12)
		}
	}
}

// TestPosteriorByIntegration integrates x p(x) p(y|x) over a grid of the plane, with the density of the mixture written out anew.
func TestPosteriorByIntegration(t *testing.T) {
	covariances := [][4]float64{{0.3, 0.1, 0.1, 0.2}, {0.1, -0.05, -0.05, 0.4}}
	means := [][2]float64{{-0.5, 0.2}, {0.8, 0.4}}
	weights := []float64{0.3, 0.7}
	var list []Component
	for k := range means {
		list = append(list, Component{Weight: 5 * weights[k], Mean: means[k][:], Covariance: covariances[k][:]})
	}
	m, err := NewMixture(list)
	if err != nil {
		t.Fatal(err)
	}
	density := func(x0, x1 float64) float64 {
		sum := 0.0
		for k, c := range covariances {
			a, b := x0-means[k][0], x1-means[k][1]
			determinant := c[0]*c[3] - c[1]*c[2]
			sum += weights[k] * math.Exp(-(c[3]*a*a-2*c[1]*a*b+c[0]*b*b)/determinant/2) / (2 * math.Pi * math.Sqrt(determinant))
		}
		return sum
	}
	y, sigma := []float64{0.35, -0.1}, 0.4
	o := m.At(sigma)
	var mass float64
	var first [2]float64
	const step = 0.02
	for i := -250; i <= 250; i++ {
		for j := -250; j <= 250; j++ {
			x0, x1 := step*float64(i), step*float64(j)
			p := density(x0, x1) * math.Exp(-((y[0]-x0)*(y[0]-x0)+(y[1]-x1)*(y[1]-x1))/(2*sigma*sigma)) / (2 * math.Pi * sigma * sigma) * step * step
			mass += p
			first[0] += p * x0
			first[1] += p * x1
		}
	}
	near(t, "ln p(y)", o.LogDensity(y), math.Log(mass), 1e-9)
	for i := range y {
		near(t, "the posterior mean", o.Mean(y)[i], first[i]/mass, 1e-9)
		near(t, "Tweedie's formula", Tweedie(y, o.Score(y), sigma)[i], first[i]/mass, 1e-9)
		near(t, "the score of the mean", ScoreOf(y, o.Mean(y), sigma)[i], o.Score(y)[i], 1e-9)
	}
}

// TestFarAway finds finite answers where every density underflows.
func TestFarAway(t *testing.T) {
	for name, m := range priors(t) {
		y := make([]float64, m.Dimension())
		for i := range y {
			y[i] = 1e4
		}
		o := m.At(0.01)
		for _, value := range append(append(o.Mean(y), o.Score(y)...), o.LogDensity(y), o.Variance(y)) {
			if math.IsNaN(value) || math.IsInf(value, 0) {
				t.Errorf("%s: %v far away", name, value)
			}
		}
	}
}

// TestSamplesHaveTheMoments compares mean and covariance of draws with those of the mixture, within five standard errors.
func TestSamplesHaveTheMoments(t *testing.T) {
	weights, variances := []float64{1, 3}, []float64{0.04, 0.25}
	m, err := NewMixture([]Component{{1, []float64{-1}, []float64{variances[0]}}, {3, []float64{2}, []float64{variances[1]}}})
	if err != nil {
		t.Fatal(err)
	}
	mean := (weights[0]*-1 + weights[1]*2) / 4
	variance := (weights[0]*(variances[0]+1) + weights[1]*(variances[1]+4)) / 4
	variance -= mean * mean
	random := rand.New(rand.NewPCG(3, 1))
	values, squares := make([]float64, 200000), make([]float64, 200000)
	for i := range values {
		values[i] = m.Sample(random)[0]
		squares[i] = (values[i] - mean) * (values[i] - mean)
	}
	got, standardError := MeanAndError(values)
	near(t, "the mean", got, mean, 5*standardError)
	got, standardError = MeanAndError(squares)
	near(t, "the variance", got, variance, 5*standardError)
}

func TestMistakesInAMixture(t *testing.T) {
	for name, components := range map[string][]Component{
		"none":           {},
		"no dimension":   {{Weight: 1}},
		"no weight":      {{Weight: 0, Mean: []float64{1}}},
		"NaN weight":     {{Weight: math.NaN(), Mean: []float64{1}}},
		"two dimensions": {{Weight: 1, Mean: []float64{1}}, {Weight: 1, Mean: []float64{1, 2}}},
		"short":          {{Weight: 1, Mean: []float64{1, 2}, Covariance: []float64{1, 0, 0}}},
		"asymmetric":     {{Weight: 1, Mean: []float64{1, 2}, Covariance: []float64{1, 0.5, 0, 1}}},
		"indefinite":     {{Weight: 1, Mean: []float64{1, 2}, Covariance: []float64{1, 2, 2, 1}}},
		"NaN":            {{Weight: 1, Mean: []float64{1, 2}, Covariance: []float64{1, math.NaN(), math.NaN(), 1}}},
	} {
		if _, err := NewMixture(components); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
