package engine

import (
	"math"
	"testing"

	"tweedie/engine/score"
)

// TestFlowDrawsImages: the flow of the exact denoiser of a finite set ends on images of the set, more than one of them and each time the same; that of a denoiser that takes
// sigma for a fixed one, or returns the noisy image, does not.
func TestFlowDrawsImages(t *testing.T) {
	const side = 6
	var set [][]float64
	for n := range 5 {
		image := make([]float64, side*side)
		for i := range image {
			image[i] = 0.5 + 0.4*math.Sin(float64(n+1)*float64(i%side)/2+float64(n)*float64(i/side))
		}
		set = append(set, image)
	}
	m, err := score.Points(set)
	if err != nil {
		t.Fatal(err)
	}
	exact := score.Exact(m)
	for name, test := range map[string]struct {
		denoiser score.Denoiser
		ends     bool
	}{
		"exact":           {exact, true},
		"a fixed sigma":   {func(noisy []float64, _ float64) ([]float64, error) { return exact(noisy, 1) }, false},
		"the noisy image": {func(noisy []float64, _ float64) ([]float64, error) { return append([]float64(nil), noisy...), nil }, false},
	} {
		subject := Subject{Name: name, Denoiser: test.denoiser, TakesLevels: true, Height: side, Width: side}
		schedule := score.Schedule{From: 1, To: 0.01, Steps: 30}
		_, drawn, err := subject.FlowImages(schedule, 0.5, 10, 1)
		if err != nil {
			t.Fatal(err)
		}
		_, again, err := subject.FlowImages(schedule, 0.5, 10, 1)
		if err != nil {
			t.Fatal(err)
		}
		farthest, found := 0.0, map[int]bool{}
		for n, image := range drawn.Images {
			nearest := 0
			for k := range set {
				if rmsOf(image, set[k]) < rmsOf(image, set[nearest]) {
					nearest = k
				}
			}
			found[nearest] = true
			farthest = max(farthest, rmsOf(image, set[nearest]))
			if drawn.Steps[n] != schedule.Steps || rmsOf(image, again.Images[n]) != 0 {
				t.Errorf("%s: image %d took %d steps, and is %v from its like", name, n, drawn.Steps[n], rmsOf(image, again.Images[n]))
			}
		}
		t.Logf("%s: %v from an image at most, %d images met", name, farthest, len(found))
		if ends := farthest < 1e-3 && len(found) > 1; ends != test.ends {
			t.Errorf("%s: %v from an image of the set, of which %d are met", name, farthest, len(found))
		}
	}
}
