package train

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/network"
	"tweedie/engine/noise"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// TestEveryNoiseModelTrains: a step's noisy images are those that package noise draws of its clean ones, at parameters within the experiment's ranges, and
// the levels that the network is told are the model's; the run ends with a figure of its own.
func TestEveryNoiseModelTrains(t *testing.T) {
	ranges := map[string][]string{
		"poisson": {"noise.peak=[1, 100]"}, "ct": {"noise.photons=[50, 5000]", "noise.attenuation=[0.5, 2]"},
		"poisson-gaussian": {"noise.peak=[1, 100]", "noise.sigma=[0, 20]"}, "speckle": {"noise.looks=[1, 9]"},
	}
	ranges[config.OneOf] = []string{`noise.of=[{model = "poisson", peak = [1, 100]}, {model = "rayleigh"}, {model = "gaussian"}]`}
	figures, models := map[float64]string{}, map[int]bool{}
	for _, name := range append(noise.Names(), config.OneOf) {
		sets := append([]string{"noise.model=" + name}, ranges[name]...)
		options := newOptions(t, filepath.Join(t.TempDir(), "run"), append(sets, "network.noise_map=true", "train.borders=0", "train.steps=3")...)
		n, err := network.Parse("unet2x3b1", true)
		if err != nil {
			t.Fatal(err)
		}
		if name != "gaussian" { // whose step TestDrawsOfAStep judges
			s := NewStep(options.Experiment, n, options.Training)
			s.Clean.Role, s.Noisy.Role, s.Levels.Role = program.Recorded, program.Recorded, program.Recorded
			seed, components := options.Experiment.Experiment.Seed, options.Experiment.Noise.Components()
			byHand(t, s, make([]float64, 4), func(step int, state device.State) {
				clean, noisy, levels := floats(t, state, s.Clean), floats(t, state, s.Noisy), floats(t, state, s.Levels)
				for sample := range levels {
					words := random.Words(seed, random.Levels, uint64(step), uint32(sample), 0)
					drawn := noise.Draw(noise.Models(), components, [3]float32{random.Uniform(words[0]), random.Uniform(words[1]), random.Uniform(words[2])})
					if levels[sample] != float64(drawn.Level) {
						t.Errorf("%s: level %v, want %v", name, levels[sample], drawn.Level)
					}
					from, to := make([]float32, 64), make([]float32, 64)
					for e := range from {
						from[e] = float32(clean[64*sample+e])
					}
					models[drawn.Model] = true
					noise.Models()[drawn.Model].Apply(to, from, drawn.Values, &noise.Words{Seed: seed, Stream: random.Noise, Step: uint64(step), Sample: uint32(sample)})
					for e := range to {
						if noisy[64*sample+e] != float64(to[e]) {
							t.Fatalf("%s, step %d, sample %d, element %d: %v, want %v", name, step, sample, e, noisy[64*sample+e], to[e])
						}
					}
				}
			})
		}
		outcome := mustRun(t, options)
		if !(math.Abs(outcome.ValidationPSNR) < 100) || figures[outcome.ValidationPSNR] != "" {
			t.Errorf("%s: a validation PSNR of %v dB, as %q has", name, outcome.ValidationPSNR, figures[outcome.ValidationPSNR])
		}
		figures[outcome.ValidationPSNR] = name
	}
	if len(models) != len(noise.Models()) {
		t.Errorf("only the models %v were drawn", models)
	}
}

// TestValidationSpreadsTheNoise: the first parameter at even distances over its range, the second evenly too but in another order, and levels that
// belong to them.
func TestValidationSpreadsTheNoise(t *testing.T) {
	model := config.Noise{Model: "ct", Photons: config.Range{From: 10, To: 1000}, Attenuation: config.Range{From: 1, To: 4}}
	const count = 16
	levels, conditions := spread(model.Components(), count)
	var seconds []float64
	for i := range count {
		values := noise.Values{conditions[3*i+1], conditions[3*i+2]}
		want := 10 * math.Pow(100, (float64(i)+0.5)/count)
		if conditions[3*i] != 2 || !(math.Abs(float64(values[0])-want) <= 1e-5*want) || levels[i] != noise.Models()[2].Level(values) {
			t.Errorf("image %d: model %v, %v photons (want %v), level %v", i, conditions[3*i], values[0], want, levels[i])
		}
		seconds = append(seconds, math.Log(float64(values[1]))/math.Log(4)*count)
	}
	if slices.IsSorted(seconds) {
		t.Error("the second parameter rises with the first")
	}
	slices.Sort(seconds)
	for i, place := range seconds { // the golden section leaves no gap of three shares
		if !(math.Abs(place-float64(i)-0.5) < 1.5) {
			t.Errorf("the %dth attenuation is at %v of %d", i, place, count)
		}
	}
}

// TestValidationSpreadsTheModels: of 16 images each model takes its share.
func TestValidationSpreadsTheModels(t *testing.T) {
	model := config.Noise{Model: config.OneOf, Of: []config.NoiseShare{
		{Weight: 1, Noise: config.Noise{Model: "poisson", Peak: config.Range{From: 5, To: 100}}}, {Weight: 3, Noise: config.Noise{Model: "rayleigh"}},
	}}
	counts, peaks := map[float32]int{}, []float64{}
	_, conditions := spread(model.Components(), 16)
	for i := range 16 {
		counts[conditions[3*i]]++
		if conditions[3*i] == 1 {
			peaks = append(peaks, float64(conditions[3*i+1]))
		}
	}
	if counts[1] != 4 || counts[5] != 12 || slices.Max(peaks) < 25 || slices.Min(peaks) > 20 {
		t.Errorf("images of each model: %v, peaks %v", counts, peaks)
	}
}
