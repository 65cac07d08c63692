package config_test

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"tweedie/configs"
	"tweedie/engine/config"
)

func TestPresets(t *testing.T) {
	files, err := fs.Glob(configs.FS, "*.toml")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]config.Range{
		"blind.toml":          {From: 0, To: 55},
		"demo.toml":           {From: 25, To: 25},
		"digits.toml":         {From: 127.5, To: 127.5},
		"fashion.toml":        {From: 127.5, To: 127.5},
		"gpu-sigma25.toml":    {From: 25, To: 25},
		"sigma15.toml":        {From: 15, To: 15},
		"sigma25.toml":        {From: 25, To: 25},
		"sigma50.toml":        {From: 50, To: 50},
		"poisson30.toml":      {},
		"ct.toml":             {},
		"lowlight.toml":       {From: 10, To: 10},
		"speckle4.toml":       {},
		"ultrasound.toml":     {},
		"blind-all.toml":      {},
		"verify-gmm2d.toml":   {},
		"verify-poisson.toml": {},
		"verify-patches.toml": {},
		"digits-blind.toml":   {From: 0, To: 255},
		"verify-speckle.toml": {},
		"circle.toml":         {},
		"digits-latent.toml":  {From: 51, To: 51},
	}
	models := map[string]string{
		"poisson30.toml": "poisson", "ct.toml": "ct", "lowlight.toml": "poisson-gaussian", "speckle4.toml": "speckle", "ultrasound.toml": "rayleigh",
		"blind-all.toml": config.OneOf, "verify-gmm2d.toml": config.OneOf, "verify-patches.toml": config.OneOf, "circle.toml": config.OneOf,
		"verify-poisson.toml": "poisson", "verify-speckle.toml": "speckle",
	}
	if len(files) != len(want) {
		t.Errorf("presets are %v", files)
	}
	for _, file := range files {
		e, err := config.Load(file, configs.FS, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		name := strings.TrimSuffix(file, ".toml")
		model := cmp.Or(models[file], "gaussian")
		if e.Experiment.Name != name || e.Noise.Model != model || e.Experiment.Output != "runs/"+name || e.Noise.Sigma != want[file] {
			t.Errorf("%s: name %q, output %q, noise %+v", file, e.Experiment.Name, e.Experiment.Output, e.Noise)
		}
	}
}

// TestPresetIsTheRecipe: the preset that writes every key of the recipe out has the values of the defaults, which were chosen by measurement.
func TestPresetIsTheRecipe(t *testing.T) {
	preset, err := config.Load("sigma25.toml", configs.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := config.Parse("sigma25.toml", []byte("train.minutes = 10"))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(preset, defaults) {
		t.Errorf("the preset is %+v, the defaults are %+v", preset, defaults)
	}
}

// A file comes before a preset of the same name, with and without extension, and a folder does not count as a file.
func TestLoadPrefersFiles(t *testing.T) {
	presets := fstest.MapFS{"both.toml": {Data: []byte("train.steps = 1")}, "preset.toml": {Data: []byte("train.steps = 2")}}
	folder := t.TempDir()
	t.Chdir(folder)
	for path, text := range map[string]string{"both.toml": "train.steps = 3", "plain": "train.steps = 4"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("preset", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		steps int
		name  string
	}{
		"both":                             {3, "both"},
		"both.toml":                        {3, "both"},
		filepath.Join(folder, "both"):      {3, "both"},
		filepath.Join(folder, "both.toml"): {3, "both"},
		"plain":                            {4, "plain"},
		"preset":                           {2, "preset"},
		"preset.toml":                      {2, "preset"},
	} {
		e, err := config.Load(name, presets, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if e.Train.Steps != want.steps || e.Experiment.Name != want.name {
			t.Errorf("%s: %d steps, name %q; want %+v", name, e.Train.Steps, e.Experiment.Name, want)
		}
	}
}

func TestSet(t *testing.T) {
	for _, test := range []struct {
		sets []string
		want func(*config.Experiment)
	}{
		{[]string{"train.minutes=2"}, func(e *config.Experiment) { e.Train.Minutes, e.Train.Steps = 2, 0 }},
		{[]string{"train.minutes=2", "train.steps=7"}, func(e *config.Experiment) { e.Train.Steps = 7 }},
		{[]string{" train.batch = 3 "}, func(e *config.Experiment) { e.Train.Batch = 3 }},
		{[]string{"train.batch=3", "train.batch=4"}, func(e *config.Experiment) { e.Train.Batch = 4 }},
		{[]string{"noise.sigma=[1,2.5]"}, func(e *config.Experiment) { e.Noise.Sigma = config.Range{From: 1, To: 2.5} }},
		{[]string{"noise.sigma=[5,5]"}, func(e *config.Experiment) { e.Noise.Sigma = config.Range{From: 5, To: 5} }},
		{[]string{"data.train=photos"}, func(e *config.Experiment) { e.Data.Train = []string{"photos"} }},
		{[]string{"data.train=a=b c#d"}, func(e *config.Experiment) { e.Data.Train = []string{"a=b c#d"} }},
		{[]string{"data.train=2024"}, func(e *config.Experiment) { e.Data.Train = []string{"2024"} }},
		{[]string{`data.train=["x", "y"]`}, func(e *config.Experiment) { e.Data.Train = []string{"x", "y"} }},
		{[]string{"experiment.name=2024-01-02"}, func(e *config.Experiment) { e.Experiment.Name = "2024-01-02" }},
		{[]string{"experiment.name='single'"}, func(e *config.Experiment) { e.Experiment.Name = "single" }},
		{[]string{"network.noise_map=false"}, func(e *config.Experiment) { e.Network.NoiseMap = false }},
	} {
		presets := fstest.MapFS{"full.toml": {Data: []byte(full)}}
		got, err := config.Load("full", presets, test.sets)
		if err != nil {
			t.Errorf("%q: %v", test.sets, err)
			continue
		}
		want := fullExperiment()
		test.want(want)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got  %+v\nwant %+v", test.sets, got, want)
		}
	}
}
