package score

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// controls are estimators, one of them the posterior mean, and a word of what Verify must suspect of each other one.
func controls(m *Mixture) map[string]struct {
	denoiser Denoiser
	word     string
} {
	medians := func(noisy []float64, sigma float64) ([]float64, error) {
		o, d := m.At(sigma), m.Dimension()
		var all []float64
		for _, median := range Parallel(len(noisy)/d, func(i int) []float64 { return o.Median(noisy[i*d : (i+1)*d]) }) {
			all = append(all, median...)
		}
		return all, nil
	}
	half := func(noisy []float64, sigma float64) ([]float64, error) {
		exact, err := Exact(m)(noisy, sigma)
		for i := range exact {
			exact[i] = 0.6*exact[i] + 0.4*0.3*noisy[i]
		}
		return exact, err
	}
	stronger := func(noisy []float64, sigma float64) ([]float64, error) { return Exact(m)(noisy, 1.4*sigma) }
	weaker := func(noisy []float64, sigma float64) ([]float64, error) { return Exact(m)(noisy, 0.7*sigma) }
	nothing := func(noisy []float64, _ float64) ([]float64, error) { return append([]float64(nil), noisy...), nil }
	return map[string]struct {
		denoiser Denoiser
		word     string
	}{
		"the posterior mean": {Exact(m), ""}, "the median": {medians, "median"}, "half trained": {half, "early"},
		"stronger noise": {stronger, "higher sigma"}, "weaker noise": {weaker, "lower sigma"}, "the noisy image": {nothing, "noisy target"},
	}
}

// TestVerifyTellsThePosteriorMean: of several estimators the posterior mean alone passes, and what the others are is said.
func TestVerifyTellsThePosteriorMean(t *testing.T) {
	skewed, err := NewMixture([]Component{
		{Weight: 3, Mean: []float64{-1, 0}, Covariance: []float64{0.05, 0, 0, 0.3}}, {Weight: 1, Mean: []float64{1, 0.5}, Covariance: []float64{0.02, 0, 0, 0.02}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, control := range controls(skewed) {
		findings, err := Verify(skewed, Subject{Denoiser: control.denoiser}, []float64{0.5}, Sampling{Draws: 3000, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		f := findings[0]
		t.Logf("%s: gap %.3f dB, score %.1f %%, %q", name, f.Gap, 100*f.ScoreError, f.Suspicion)
		if passes := f.Gap < 0.05 && f.ScoreError < 0.05; passes != (control.word == "") {
			t.Errorf("%s: gap %v dB, score error %v", name, f.Gap, f.ScoreError)
		}
		if !strings.Contains(f.Suspicion, control.word) {
			t.Errorf("%s: suspected is %q", name, f.Suspicion)
		}
	}
}

// TestVerifyTheJacobian takes the exact denoiser's Jacobian, whose identity holds, and one that turns, which is not symmetric.
func TestVerifyTheJacobian(t *testing.T) {
	m := correlated(t, 3, 3)
	jacobian := ExactJacobian(m)
	turned := func(noisy, directions []float64, sigma float64) ([]float64, error) {
		products, err := jacobian(noisy, directions, sigma)
		for at := 0; at < len(noisy); at += 3 {
			products[at] += directions[at+1]
		}
		return products, err
	}
	subject := Subject{Denoiser: Exact(m), Jacobian: jacobian}
	findings, err := Verify(m, subject, []float64{0.3, 1}, Sampling{Draws: 1000, Jacobians: 300, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		near(t, "the asymmetry", f.Asymmetry, 0, 1e-9)
		near(t, "the identity", f.Identity, 1, 1e-9)
		near(t, "the gap", f.Gap, 0, 1e-12)
		near(t, "the standard deviations' error", f.Deviations.Most, 0, 1e-9)
	}
	subject.Jacobian = turned
	if findings, err = Verify(m, subject, []float64{0.3}, Sampling{Draws: 1000, Jacobians: 300, Seed: 2}); err != nil {
		t.Fatal(err)
	}
	if !(findings[0].Asymmetry > 0.1) {
		t.Errorf("the asymmetry of a Jacobian that turns is %v", findings[0].Asymmetry)
	}
	if !(findings[0].Deviations.Count == 300 && findings[0].Deviations.Most < 1e-9) {
		t.Errorf("turning does not change the diagonal, and its deviations are %+v", findings[0].Deviations)
	}
}

// TestMedianHalvesThePosterior compares with the share of posterior draws below, for a mixture and for points.
func TestMedianHalvesThePosterior(t *testing.T) {
	m := correlated(t, 2, 3)
	o, y := m.At(0.7), []float64{0.4, -0.2}
	median := o.Median(y)
	// Draws of the prior, weighted by the likelihood.
	random := rand.New(rand.NewPCG(13, 1))
	var below, total [2]float64
	for range 200000 {
		x := m.Sample(random)
		weight := math.Exp(-(square(x[0]-y[0]) + square(x[1]-y[1])) / (2 * 0.49))
		for i := range x {
			total[i] += weight
			if x[i] < median[i] {
				below[i] += weight
			}
		}
	}
	for i := range median {
		near(t, "the share below the median", below[i]/total[i], 0.5, 0.01)
	}
	points, err := Points([][]float64{{0}, {1}, {5}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the median of three points", points.At(100).Median([]float64{1})[0], 1, 1e-6)
}

// TestVerifyLine does the same for one value in speckle.
func TestVerifyLine(t *testing.T) {
	l := opened(t, "bumps").Line
	channel := Channel{
		Name: "looks 4", Level: 0.5,
		Draw: func(x float64, index int) float64 {
			random, g := rand.New(rand.NewPCG(14, uint64(index))), 0.0
			for range 4 {
				g += random.ExpFloat64() / 4
			}
			return x * g
		},
		LogLikelihood: func(y, x float64) float64 { return logSpeckle(y, x, 4) },
	}
	posterior := func(y float64) func(x float64) float64 {
		return func(x float64) float64 { return channel.LogLikelihood(y, x) }
	}
	each := func(answer func(y float64) float64) Denoiser {
		return func(noisy []float64, _ float64) ([]float64, error) {
			return Parallel(len(noisy), func(i int) float64 { return answer(noisy[i]) }), nil
		}
	}
	for word, denoiser := range map[string]Denoiser{
		"":             each(func(y float64) float64 { _, mean, _ := l.Posterior(posterior(y)); return mean }),
		"median":       each(func(y float64) float64 { return l.Median(posterior(y)) }),
		"noisy target": each(func(y float64) float64 { return y }),
	} {
		findings, err := VerifyLine(l, denoiser, []Channel{channel}, Sampling{Draws: 2000, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		f := findings[0]
		t.Logf("%q: gap %.3f dB, %q", word, f.Gap, f.Suspicion)
		if (f.Gap < 0.05) != (word == "") || !strings.Contains(f.Suspicion, word) {
			t.Errorf("%q: gap %v dB, %q", word, f.Gap, f.Suspicion)
		}
	}
}
