package engine

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/denoise"
	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/network"
	"tweedie/engine/noise"
	"tweedie/engine/program"
	"tweedie/engine/random"
	"tweedie/engine/score"
	"tweedie/engine/train"
)

// control is a way to train a network on draws of a prior.
type control struct {
	loss    string
	sigma   float32 // of the noise it is trained with
	steps   int
	towards string // which tensor it is trained towards
	word    string // of what is suspected; empty for the one that passes
}

// TestVerifyFailsWhatIsNotThePosteriorMean trains a network as it should be and in ways that it should not: the first passes, and of each other it is said what is off.
func TestVerifyFailsWhatIsNotThePosteriorMean(t *testing.T) {
	const sigma, steps = 0.15, 2500
	set, err := data.Load([]string{data.MixturePrefix + "bumps"}, data.Options{Seed: 1, Count: 1 << 15})
	if err != nil {
		t.Fatal(err)
	}
	d, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	gaussian, _, _ := noise.ByName("gaussian")
	for name, c := range map[string]control{
		"as it should be": {config.MSE, sigma, steps, "clean", ""}, "absolute error": {config.L1, sigma, steps, "clean", "median"},
		"noisy target": {config.MSE, sigma, steps, "noisy", "noisy target"}, "wrong sigma": {config.MSE, 2 * sigma, steps, "clean", "near no estimator"},
		"stopped early": {config.MSE, sigma, 60, "clean", "stopped early"},
	} {
		model := c.train(t, d, set)
		verified, err := model.Verify(Verification{
			Prior: "bumps", Noise: gaussian, Values: []float64{255 * sigma}, Sampling: score.Sampling{Draws: 2000, Seed: 2},
		})
		if err != nil {
			t.Fatal(err)
		}
		f := verified.Findings[0]
		t.Logf("%s: gap %.4f dB, %v", name, f.Gap, verified.Failures)
		if passes := len(verified.Failures) == 0; passes != (c.word == "") {
			t.Errorf("%s: gap %v dB, failures %v", name, f.Gap, verified.Failures)
		}
		if c.word != "" && !strings.Contains(strings.Join(verified.Failures, " "), c.word) {
			t.Errorf("%s: it is said that %v", name, verified.Failures)
		}
		if err := model.Close(); err != nil {
			t.Error(err)
		}
	}
}

func (c control) train(t *testing.T, d device.Device, set *data.Set) *Model {
	t.Helper()
	shape := set.Images[0]
	n, err := network.Description{Name: fmt.Sprintf("mlp%dx%d-32x32", shape.Height, shape.Width)}.Network()
	if err != nil {
		t.Fatal(err)
	}
	experiment := &config.Experiment{Experiment: config.Identity{Seed: 1}, Train: config.Train{Batch: 256, Average: 0.99, Upright: true, Loss: c.loss}}
	step := train.NewStep(experiment, n, images(set))
	tensors := map[string]program.Tensor{"clean": step.Clean, "noisy": step.Noisy}
	samples := program.Tensor{Name: "images", Shape: []int{len(set.Samples16)}, Type: program.Uint16, Role: program.Images}
	index := program.Tensor{Name: "images/index", Shape: []int{len(set.Images), 4}, Type: program.Uint32, Role: program.Images}
	update := step.Update
	update.Clean = tensors[c.towards]
	operations, err := update.Operations()
	if err != nil {
		t.Fatal(err)
	}
	p := &program.Program{Name: "training"}
	p.Append(
		program.Patches{Samples: samples, Index: index, Output: step.Clean, Upright: true, Seed: 1},
		program.AddNoise{Clean: step.Clean, Noisy: step.Noisy, Levels: step.Levels, From: c.sigma, To: c.sigma, Seed: 1, Stream: random.Noise})
	p.Append(operations...)
	state, err := d.NewState(append(step.Stored(), samples, index))
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	for name, values := range step.Contents() {
		if err := state.Write(name, values); err != nil {
			t.Fatal(err)
		}
	}
	executable, err := d.Compile(p, state, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer executable.Close()
	for i := range c.steps {
		rate := float32(0.005 * (1 + math.Cos(math.Pi*float64(i)/float64(c.steps))))
		if err := executable.Run(program.Scalars{Step: uint64(i), LearningRate: rate}); err != nil {
			t.Fatal(err)
		}
	}
	weights := map[string][]float32{}
	for _, tensor := range n.Tensors(train.AveragePrefix, program.Averaged) {
		values := make([]float32, tensor.Elements())
		if err := state.Read(tensor.Name, values); err != nil {
			t.Fatal(err)
		}
		weights[strings.TrimPrefix(tensor.Name, train.AveragePrefix)] = values
	}
	denoiser, err := denoise.New(d, n, weights)
	if err != nil {
		t.Fatal(err)
	}
	return &Model{denoiser: denoiser}
}
