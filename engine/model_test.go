package engine

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tweedie/engine/checkpoint"
	"tweedie/engine/config"
	"tweedie/engine/picture"
	"tweedie/engine/report"
	"tweedie/engine/train"
)

// TestDescribedNetworksAreFoundAgain: a network whose tensors do not tell it is opened from the run, its model and its checkpoint by the description
// in the file, takes images of its size only, and is not found without the description.
func TestDescribedNetworksAreFoundAgain(t *testing.T) {
	experiment, err := config.Parse("tiny.toml", []byte(`
		[network]
		name = "mlp8x8-24x16"
		noise_map = true
		sigma_data = 0.5
		[train]
		steps = 10
		batch = 2
		patch = 8
	`))
	if err != nil {
		t.Fatal(err)
	}
	experiment.Experiment.Output = filepath.Join(t.TempDir(), "run")
	outcome, err := Train(context.Background(), Training{Experiment: experiment, Progress: report.NewLines(testWriter{t}, time.Hour, time.Now)})
	if err != nil {
		t.Fatal(err)
	}
	d, err := OpenDevice("cpu", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	noisy := picture.New(8, 8, 1, 16)
	for i := range noisy.Planes[0] {
		noisy.Planes[0][i] = uint16(i * 7919)
	}
	var first []uint16
	for _, path := range []string{outcome.Folder, outcome.Model, checkpoint.Path(outcome.Folder, outcome.Steps)} {
		model, err := Open(path, d)
		if err != nil {
			t.Fatal(err)
		}
		if name, takesLevels := model.Network(); name != "mlp8x8-24x16" || !takesLevels {
			t.Errorf("%s holds %s, which takes levels: %v", path, name, takesLevels)
		}
		denoised, err := model.Denoise(noisy, 40)
		if err != nil {
			t.Fatal(err)
		}
		other, err := model.Denoise(noisy, 10)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(denoised.Planes[0], other.Planes[0]) {
			t.Error("the level makes no difference")
		}
		if first == nil {
			first = denoised.Planes[0]
		} else if !slices.Equal(denoised.Planes[0], first) {
			t.Errorf("%s denoises otherwise", path)
		}
		if _, err := model.Denoise(picture.New(9, 8, 1, 16), 40); err == nil || !strings.Contains(err.Error(), "8 x 8") {
			t.Errorf("an image of another size gives %v", err)
		}
		if err := model.Close(); err != nil {
			t.Error(err)
		}
	}
	file, err := checkpoint.ReadFile(outcome.Model)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                                  "metadata",
		"[network]\nname = \"mlp8x8-24\"\n": "needs model.0.weight as [24 64]",
		"[train]\nsteps = 1\n":              "[network] alone",
		"[network]\nnaem = 1\n":             "did you mean",
	} {
		if file.Metadata = map[string]string{train.NetworkKey: text}; text == "" {
			file.Metadata = nil
		}
		path := filepath.Join(t.TempDir(), "model.safetensors")
		if err := checkpoint.WriteFile(path, file); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("described by %q, the file gives %v, want %q", text, err, want)
		}
	}
}
