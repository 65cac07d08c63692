package engine

import (
	"errors"
	"testing"

	"tweedie/engine/score"
)

// TestWalksGoToLikelyPoints: those of the exact denoiser do; those of one whose residual has the wrong sign, of one that returns what it gets and of one that knows one
// point do not, nor those of one that is not a number.
func TestWalksGoToLikelyPoints(t *testing.T) {
	exact, err := ExactSubject("ring8")
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(y, denoised float64, axis int) float64) score.Denoiser {
		return func(noisy []float64, sigma float64) ([]float64, error) {
			denoised, err := exact.Denoiser(noisy, sigma)
			for i := range denoised {
				denoised[i] = change(noisy[i], denoised[i], i%2)
			}
			return denoised, err
		}
	}
	zero := 0.
	for name, test := range map[string]struct {
		denoiser score.Denoiser
		arrives  bool
	}{
		"the posterior mean": {exact.Denoiser, true},
		"a hundredth off":    {changed(func(_, d float64, _ int) float64 { return 1.01 * d }), true},
		"the wrong sign":     {changed(func(y, d float64, _ int) float64 { return 2*y - d }), false},
		"the noisy point":    {changed(func(y, _ float64, _ int) float64 { return y }), false},
		"the likeliest point": {changed(func(_, _ float64, axis int) float64 { // the heaviest component is at (-1, 0)
			return float64(axis - 1)
		}), false},
		"not a number": {changed(func(float64, float64, int) float64 { return zero / zero }), false},
	} {
		subject := exact
		subject.Denoiser = test.denoiser
		_, walked, err := subject.WalkPlane(score.Schedule{From: 1, To: 0.05, Steps: 20}, 60, 1)
		if errors.Is(err, score.ErrDiverged) && !test.arrives {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: from %.3f to %.3f +- %.3f, exact samples %.3f", name, walked.LogDensities[0], walked.Last(), walked.Error, walked.Exact)
		if walked.Arrives() != test.arrives {
			t.Errorf("%s: from %v to %v, exact samples %v", name, walked.LogDensities[0], walked.Last(), walked.Exact)
		}
	}
}

// TestTornAnswers: of a finite set of images, torn between two, the exact mean is told from either of the two, from what is nearer to
// one of them than to the mean, from the most probable image, from black and from
// the noisy image.
func TestTornAnswers(t *testing.T) {
	const side, sigma = 8, 0.4
	var images [][]float64
	var labels []int
	for n := range 20 {
		image := make([]float64, side*side)
		for i := range image {
			row, column := i/side, i%side
			if (n%2 == 0 && row/2 == n/2%4) || (n%2 == 1 && column/2 == n/2%4) || i == 3*n {
				image[i] = 1
			}
		}
		images, labels = append(images, image), append(labels, n%2)
	}
	a, b, err := TornPair(images, labels, 0, 1, []float64{sigma}, 1)
	if err != nil {
		t.Fatal(err)
	}
	m, err := score.Points(images)
	if err != nil {
		t.Fatal(err)
	}
	always := func(image []float64) score.Denoiser {
		return func([]float64, float64) ([]float64, error) { return append([]float64(nil), image...), nil }
	}
	for name, test := range map[string]struct {
		denoiser score.Denoiser
		is       bool
	}{
		"the exact mean": {score.Exact(m), true},
		"the first":      {always(images[a]), false},
		"the second":     {always(images[b]), false},
		"not a number":   {func(noisy []float64, _ float64) ([]float64, error) { return wrong(len(noisy)), nil }, false},
		"black":          {always(make([]float64, side*side)), false},
		"the noisy image": {func(noisy []float64, _ float64) ([]float64, error) {
			return append([]float64(nil), noisy...), nil
		}, false},
		"towards the mean": {always(mix(images[a], images[b], 0.6)), true},
		"towards an image": {always(mix(images[a], images[b], 0.8)), false},
		"the most probable": {func(noisy []float64, sigma float64) ([]float64, error) {
			shares, best := m.At(sigma).Responsibilities(noisy), 0
			for k, share := range shares {
				if share > shares[best] {
					best = k
				}
			}
			return append([]float64(nil), images[best]...), nil
		}, false},
	} {
		torn, _, err := Subject{Name: name, Denoiser: test.denoiser, Height: side, Width: side}.Posterior(images, labels, a, b, []float64{sigma}, 1)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %.4f from the mean, %.4f from the nearest", name, torn[0].ToMean, torn[0].ToNearest)
		if failure := TornFailure(torn); (failure == "") != test.is {
			t.Errorf("%s: %q", name, failure)
		}
	}
}

// mix is share of a and the rest of b.
func mix(a, b []float64, share float64) []float64 {
	mixed := make([]float64, len(a))
	for i := range a {
		mixed[i] = share*a[i] + (1-share)*b[i]
	}
	return mixed
}

func wrong(count int) []float64 {
	values, zero := make([]float64, count), 0.
	for i := range values {
		values[i] = zero / zero
	}
	return values
}
