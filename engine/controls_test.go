package engine

import (
	"os"
	"strings"
	"testing"

	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/device/cpu"
	"tweedie/engine/noise"
	"tweedie/engine/score"
)

// TestControlsOnThePlane trains networks on points of the plane as they should be and in ways that they should not, each at a low and a high sigma: verify passes the first
// alone, and says of each other what is off. With TWEEDIE_CONTROLS=1: it takes a minute of one core.
func TestControlsOnThePlane(t *testing.T) {
	if os.Getenv("TWEEDIE_CONTROLS") == "" {
		t.Skip("TestControlsOnThePlane trains six networks, which takes a minute or more: TWEEDIE_CONTROLS=1, or make soak")
	}
	const level, steps = 0.8, 5000 // of sigma, in the prior's unit
	prior, err := score.OpenPrior("ring8")
	if err != nil {
		t.Fatal(err)
	}
	set, err := data.Load([]string{data.MixturePrefix + prior.Name}, data.Options{Seed: 1, Count: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	d, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	gaussian, _, _ := noise.ByName("gaussian")
	sigma := float32(level / (prior.High - prior.Low))
	for _, c := range []struct {
		name string
		control
	}{
		{"as it should be", control{config.MSE, sigma, steps, "clean", ""}},
		{"absolute error", control{config.L1, sigma, steps, "clean", "near no estimator"}}, // the median jumps more than so small a network does
		{"noisy target", control{config.MSE, sigma, steps, "noisy", "noisy target"}},
		{"twice the sigma", control{config.MSE, 2 * sigma, steps, "clean", "higher sigma"}},
		{"half the sigma", control{config.MSE, sigma / 2, steps, "clean", "lower sigma"}},
		{"stopped early", control{config.MSE, sigma, 100, "clean", "stopped early"}},
	} {
		model := c.train(t, d, set)
		verified, err := model.Verify(Verification{
			Prior: prior.Name, Noise: gaussian, Values: []float64{level}, Sampling: score.Sampling{Draws: 5000, Jacobians: 100, Seed: 2},
		})
		if err != nil {
			t.Fatal(err)
		}
		f := verified.Findings[0]
		t.Logf("%s: gap %.4f dB, score %.1f %% off, deviations %.1f %% off (root mean square); %v", c.name, f.Gap, 100*f.ScoreError, 100*f.Deviations.RMS, verified.Failures)
		if passes := len(verified.Failures) == 0; passes != (c.word == "") {
			t.Errorf("%s: gap %v dB, failures %v", c.name, f.Gap, verified.Failures)
		}
		if c.word != "" && !strings.Contains(strings.Join(verified.Failures, " "), c.word) {
			t.Errorf("%s: it is said that %v", c.name, verified.Failures)
		}
		if err := model.Close(); err != nil {
			t.Error(err)
		}
	}
}
