package engine

import (
	"math"
	"slices"
	"testing"

	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/device/cpu"
	"tweedie/engine/score"
)

// TestApproachFailsWhatDoesNotStepToTheManifold trains networks on the circle: the output of the one that is trained as it should be is a step towards it, with one
// direction kept. That of one stopped early is not, nor is the noisy image.
func TestApproachFailsWhatDoesNotStepToTheManifold(t *testing.T) {
	const sigma = 0.4
	set, err := data.Load([]string{data.MixturePrefix + "circle"}, data.Options{Seed: 1, Count: 1 << 15})
	if err != nil {
		t.Fatal(err)
	}
	d, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	prior, err := score.OpenPrior("circle")
	if err != nil {
		t.Fatal(err)
	}
	measure := func(denoiser score.Denoiser, jacobian score.Jacobian) *Approached {
		s := Subject{Name: "it", Denoiser: denoiser, Jacobian: jacobian, Prior: &prior, Height: 1, Width: 2}
		approached, err := s.Approach([]float64{sigma}, score.Sampling{Draws: 3000, Jacobians: 100, Seed: 2})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("left are %.2f %%, by the posterior mean %.2f %%", 100*approached.Approaches[0].Ratio(), 100*approached.Approaches[0].ExactRatio())
		return approached
	}
	for steps, passes := range map[int]bool{3000: true, 40: false} {
		model := control{config.MSE, sigma / 4, steps, "clean", ""}.train(t, d, set)
		batch, err := model.Batch(512, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		approached := measure(DenoiserOf(batch, prior))
		if (len(approached.Failures) == 0) != passes {
			t.Errorf("%d steps: %v", steps, approached.Failures)
		}
		if slopes := score.MeanSlopes(approached.Approaches[0].Slopes); passes && !(slopes.Singular[0] > 0.8 && slopes.Singular[1] < 0.4) {
			t.Errorf("the mean singular values are %v", slopes.Singular)
		}
		if err := batch.Close(); err != nil {
			t.Error(err)
		}
		if err := model.Close(); err != nil {
			t.Error(err)
		}
	}
	identity := func(noisy []float64, _ float64) ([]float64, error) { return slices.Clone(noisy), nil }
	unmoved := func(_, directions []float64, _ float64) ([]float64, error) { return slices.Clone(directions), nil }
	if len(measure(identity, unmoved).Failures) != 1 {
		t.Error("the noisy image passes for a step")
	}
	broken := func(noisy []float64, _ float64) ([]float64, error) {
		return slices.Repeat([]float64{math.NaN()}, len(noisy)), nil
	}
	if len(measure(broken, unmoved).Failures) != 1 {
		t.Error("what is not a number passes for a step")
	}
}
