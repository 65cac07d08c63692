package engine

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tweedie/engine/checkpoint"
	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/evaluate"
	"tweedie/engine/network"
	"tweedie/engine/noise"
	"tweedie/engine/picture"
	"tweedie/engine/report"
	"tweedie/engine/train"
)

type testWriter struct{ t *testing.T }

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

func trained(t *testing.T, deviceName, domain string) train.Outcome {
	t.Helper()
	experiment, err := config.Parse("tiny.toml", []byte("[network]\nname = \"unet4x6b1\"\nnoise_map = true\ndomain = \""+domain+"\"\n[train]\nsteps = 20\nbatch = 2\npatch = 16\n[device]\nname = \""+deviceName+"\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	experiment.Experiment.Output = filepath.Join(t.TempDir(), "run")
	outcome, err := Train(context.Background(), Training{Experiment: experiment, Progress: report.NewLines(testWriter{t}, time.Hour, time.Now)})
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

// TestModelsOpenFromEveryForm: the run folder, its model and its last checkpoint hold the same averaged weights, in float32 and float64.
func TestModelsOpenFromEveryForm(t *testing.T) {
	for name, domain := range map[string]string{"cpu": network.Log, "reference": network.Linear} {
		want := map[string]network.Domain{network.Log: {Name: network.Log, Offset: 1.0 / 255}}[domain]
		outcome := trained(t, name, domain)
		d, err := OpenDevice(name, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		noisy := picture.New(21, 13, 1, 16)
		for i := range noisy.Planes[0] {
			noisy.Planes[0][i] = uint16(i * 7919)
		}
		var first []uint16
		for _, path := range []string{outcome.Folder, outcome.Model, checkpoint.Path(outcome.Folder, outcome.Steps)} {
			model, err := Open(path, d)
			if err != nil {
				t.Fatal(err)
			}
			denoised, err := model.Denoise(noisy, 25)
			if err != nil {
				t.Fatal(err)
			}
			if got := model.denoiser.Network().Domain; got != want {
				t.Errorf("%s opens in the domain %v, it was trained in %v", path, got, want)
			}
			if first == nil {
				first = denoised.Planes[0]
			}
			if !slices.Equal(first, denoised.Planes[0]) || slices.Equal(first, noisy.Planes[0]) {
				t.Errorf("%s: %s denoises otherwise than the run folder, or not at all", name, path)
			}
			model.Close()
		}
		if _, err := Open(checkpoint.Path(outcome.Folder, 7), d); err == nil {
			t.Error("a checkpoint that is not there opens")
		}
	}
}

// fix is a noise model at the values of its parameters.
func fix(t *testing.T, name string, values ...float64) noise.Fixed {
	t.Helper()
	model, _, _ := noise.ByName(name)
	given := map[string]float64{}
	for i, value := range values {
		given[model.Parameters[i].Name] = value
	}
	fixed, err := noise.Fix(name, given)
	if err != nil {
		t.Fatal(err)
	}
	return fixed
}

// TestNoiseIsThatOfTheSeed: deviation and mean on mid-gray, equal for equal seeds, different otherwise and between channels.
func TestNoiseIsThatOfTheSeed(t *testing.T) {
	d, err := OpenDevice("auto", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	gray := picture.New(200, 100, 3, 16)
	for _, plane := range gray.Planes {
		for i := range plane {
			plane[i] = 32768
		}
	}
	add := func(seed uint64) *picture.Picture {
		noisy, err := AddNoise(d, gray, fix(t, "gaussian", 20), seed)
		if err != nil {
			t.Fatal(err)
		}
		return noisy
	}
	noisy := add(7)
	sum, square := 0.0, 0.0
	for _, sample := range noisy.Planes[1] {
		difference := (float64(sample) - 32768) / 257
		sum, square = sum+difference, square+difference*difference
	}
	n := float64(len(noisy.Planes[1]))
	mean, deviation := sum/n, math.Sqrt(square/n)
	if !(math.Abs(mean) < 5*20/math.Sqrt(n)) || !(math.Abs(deviation-20) < 5*20/math.Sqrt(2*n)) {
		t.Errorf("mean %v and deviation %v of 255, want 0 and 20", mean, deviation)
	}
	if !slices.Equal(noisy.Planes[0], add(7).Planes[0]) || slices.Equal(noisy.Planes[0], add(8).Planes[0]) || slices.Equal(noisy.Planes[0], noisy.Planes[1]) {
		t.Error("the noise is not a function of seed and channel")
	}
}

func TestUnknownDeviceIsAnErrorOfTheDevice(t *testing.T) {
	_, err := OpenDevice("abacus", 0)
	var device *DeviceError
	if !errors.As(err, &device) || !strings.Contains(err.Error(), "cpu") {
		t.Errorf("opening an abacus gives %v", err)
	}
}

// TestEvaluationUsesTheModel: the scores are those of the model's own answers, and better than the noisy images' after little training.
func TestEvaluationUsesTheModel(t *testing.T) {
	d, err := OpenDevice("auto", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	model, err := Open(trained(t, "cpu", network.Linear).Model, d)
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	set, err := data.Load([]string{data.DeadLeaves}, data.Options{Validation: true, Count: 2})
	if err != nil {
		t.Fatal(err)
	}
	observed := 0
	result, err := model.Evaluate(set, evaluate.Protocol{Sigma: 25, Observe: func(image evaluate.Image, noisy []float32, denoised []uint8, scores evaluate.Scores) error {
		observed++
		answer, err := model.denoiser.Image(noisy, image.Height, image.Width, 25.0/255)
		if err != nil {
			return err
		}
		want, err := evaluate.Quantize(answer)
		if !slices.Equal(denoised, want) {
			t.Errorf("%s: the scored image is not the model's answer", image.Name)
		}
		return err
	}})
	if err != nil || observed != 2 || len(result.Images) != 2 {
		t.Fatalf("%d images observed, %v, %v", observed, result, err)
	}
}

// TestRunBeginsWithGivenWeights: the first checkpoint of a run with train.start holds the other model's weights, as their average too, and empty moments.
func TestRunBeginsWithGivenWeights(t *testing.T) {
	before := trained(t, "cpu", network.Linear)
	experiment, err := config.Parse("longer.toml", []byte("[network]\nname = \"unet4x6b1\"\nnoise_map = true\n[train]\nsteps = 1\nbatch = 1\npatch = 16\nstart = \""+before.Folder+"\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	experiment.Experiment.Output = filepath.Join(t.TempDir(), "run")
	after, err := Train(context.Background(), Training{Experiment: experiment, Progress: report.NewLines(testWriter{t}, time.Hour, time.Now)})
	if err != nil {
		t.Fatal(err)
	}
	model, err := checkpoint.ReadFile(before.Model)
	if err != nil {
		t.Fatal(err)
	}
	begun, err := checkpoint.ReadFile(checkpoint.Path(after.Folder, 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, parameter := range model.Tensors {
		empty := make([]float32, len(parameter.Data.([]float32)))
		for prefix, want := range map[string]any{"weight/": parameter.Data, "average/": parameter.Data, "first_moment/": empty, "second_moment/": empty} {
			got, found := begun.Tensor(prefix + parameter.Name)
			if !found || !slices.Equal(got.Data.([]float32), want.([]float32)) {
				t.Errorf("%s%s of the run that begins is not the model's", prefix, parameter.Name)
			}
		}
	}
}
