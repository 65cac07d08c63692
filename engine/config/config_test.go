package config_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tweedie/configs"
	"tweedie/engine/config"
	"tweedie/engine/data"
)

// full has every key, none at its default.
const full = `[experiment]
name = "full"
seed = 9223372036854775807
output = "elsewhere/\"quoted\""
[data]
train = ["a", "dead-leaves"]
validation = "b"
[noise]
model = "gaussian"
sigma = [0.5, 55]
[network]
name = "dncnn17x64"
noise_map = true
domain = "log"
domain_offset = 0.5
[train]
steps = 100
batch = 16
patch = 40
upright = true
learning_rate = 1e-4
warmup = 0
average = 0.999
clip = 0.25
borders = 0.5
loss = "l1"
precision = "f32"
validate = 50
[checkpoint]
every = 10
keep = 1
[device]
name = "reference"
threads = 2
`

func fullExperiment() *config.Experiment {
	return &config.Experiment{
		Experiment: config.Identity{Name: "full", Seed: math.MaxInt64, Output: `elsewhere/"quoted"`},
		Data:       config.Data{Train: []string{"a", data.DeadLeaves}, Validation: []string{"b"}},
		Noise:      config.Noise{Model: "gaussian", Sigma: config.Range{From: 0.5, To: 55}},
		Network:    config.Network{Name: "dncnn17x64", NoiseMap: true, Domain: "log", DomainOffset: 0.5},
		Train:      config.Train{Steps: 100, Batch: 16, Patch: 40, Upright: true, LearningRate: 1e-4, Average: 0.999, Clip: 0.25, Borders: 0.5, Loss: config.L1, Precision: "f32", Validate: 50},
		Checkpoint: config.Checkpoint{Every: 10, Keep: 1},
		Device:     config.Device{Name: "reference", Threads: 2},
	}
}

func TestParseReadsEveryKey(t *testing.T) {
	got, err := config.Parse("full.toml", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	if want := fullExperiment(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// The defaults are those that the documentation promises.
func TestDefaults(t *testing.T) {
	got, err := config.Parse("some/folder/mine.toml", []byte("train.minutes = 2"))
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Experiment{
		Experiment: config.Identity{Name: "mine", Seed: 1, Output: "runs/mine"},
		Data:       config.Data{Train: []string{"dead-leaves"}, Validation: []string{"dead-leaves"}},
		Noise:      config.Noise{Model: "gaussian", Sigma: config.Range{From: 25, To: 25}},
		Network:    config.Network{Name: "unet32x64x128b1", Domain: "linear"},
		Train: config.Train{Minutes: 2, Batch: 8, Patch: 64, LearningRate: 3e-3, Warmup: 0.02, Average: 0.99, Clip: 0.1, Borders: 0.1,
			Loss: config.MSE, Precision: "f32", Validate: 500},
		Checkpoint: config.Checkpoint{Every: 500, Keep: 3},
		Device:     config.Device{Name: "auto"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEncodeParsesToAnEqualExperiment(t *testing.T) {
	odd := fullExperiment()
	odd.Experiment.Output = "tab\u200b, \\ and \" and # = [x] é 🎈"
	odd.Train.Steps, odd.Train.Minutes = 0, 0.1+0.2
	odd.Train.LearningRate = 1e-7
	odd.Noise.Sigma = config.Range{From: 7, To: 7}
	for _, e := range []*config.Experiment{fullExperiment(), odd} {
		text := e.Encode()
		got, err := config.Parse("x.toml", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(got, e) {
			t.Errorf("got  %+v\nwant %+v\n%s", got, e, text)
		}
	}
}

// What trainer config prints is the experiment of all defaults.
func TestKeysIsTheExperimentOfDefaults(t *testing.T) {
	text := config.Keys()
	got, err := config.Parse("x.toml", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	want, err := config.Parse("x.toml", []byte("train.minutes = 10"))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for name := range strings.FieldsSeq("name seed output train validation model sigma peak photons attenuation looks recorded noise_map domain minutes steps batch patch upright " +
		"learning_rate warmup average clip borders loss precision validate every keep threads") {
		if !strings.Contains(string(text), "\n"+name+" = ") && !strings.Contains(string(text), "\n# "+name+" = ") {
			t.Errorf("%s is not listed", name)
		}
	}
}

// Each model has its own parameters, at the documented defaults unless given; the resolved experiment has these and no others.
func TestNoiseModels(t *testing.T) {
	for text, want := range map[string]config.Noise{
		"":                                     {Model: "gaussian", Sigma: config.Range{From: 25, To: 25}},
		"sigma = [0, 55]":                      {Model: "gaussian", Sigma: config.Range{From: 0, To: 55}},
		`model = "poisson"`:                    {Model: "poisson", Peak: config.Range{From: 30, To: 30}},
		"model = \"poisson\"\npeak = [1, 100]": {Model: "poisson", Peak: config.Range{From: 1, To: 100}},
		`model = "ct"`:                         {Model: "ct", Photons: config.Range{From: 1000, To: 1000}, Attenuation: config.Range{From: 1, To: 1}},
		"model = \"poisson-gaussian\"\nsigma = 5": {Model: "poisson-gaussian", Peak: config.Range{From: 30, To: 30}, Sigma: config.Range{From: 5, To: 5}},
		`model = "speckle"`:                       {Model: "speckle", Looks: config.Range{From: 4, To: 4}},
		`model = "rayleigh"`:                      {Model: "rayleigh"},
	} {
		e, err := config.Parse("x.toml", []byte("[train]\nsteps = 1\n[noise]\n"+text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !reflect.DeepEqual(e.Noise, want) {
			t.Errorf("%s: got %+v, want %+v", text, e.Noise, want)
		}
		again, err := config.Parse("x.toml", e.Encode())
		if err != nil || !reflect.DeepEqual(again.Noise, want) {
			t.Errorf("%s: read back it is %+v (%v)", text, again, err)
		}
	}
}

// The models of one-of make up all samples in proportion to their weights.
func TestOneOfIsDrawnByWeight(t *testing.T) {
	e, err := config.Load("sigma25", configs.FS, []string{"noise.model=one-of",
		`noise.of=[{model = "poisson", peak = [5, 100]}, {model = "rayleigh", weight = 2}, {model = "gaussian"}]`})
	if err != nil {
		t.Fatal(err)
	}
	components := e.Noise.Components()
	if len(components) != 3 {
		t.Fatalf("programs draw from %+v", components)
	}
	for i, want := range []struct {
		model int
		until float32
	}{{1, 0.25}, {5, 0.75}, {0, 1}} {
		if components[i].Model != want.model || components[i].Until != want.until {
			t.Errorf("component %d is %+v, want %+v", i, components[i], want)
		}
	}
	if r := components[0].Ranges[0]; r.From != 5 || r.To != 100 || !r.Logarithmic {
		t.Errorf("the peak is drawn from %+v", r)
	}
}

// A model that -set names takes the place of the file's, parameters included.
func TestSetReplacesTheNoiseModel(t *testing.T) {
	e, err := config.Load("sigma25", configs.FS, []string{"noise.model=ct", "noise.photons=[100, 200]"})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Noise{Model: "ct", Photons: config.Range{From: 100, To: 200}, Attenuation: config.Range{From: 1, To: 1}}
	if !reflect.DeepEqual(e.Noise, want) {
		t.Errorf("got %+v, want %+v", e.Noise, want)
	}
	component := e.Noise.Components()[0]
	if component.Model != 2 || component.Until != 1 || component.Ranges[0].From != 100 || component.Ranges[0].To != 200 || component.Ranges[1].From != 1 {
		t.Errorf("programs draw from %+v", component)
	}
	if e, err = config.Load("sigma25", configs.FS, nil); err != nil || e.Noise.Components()[0].Ranges[0].From != 25./255 {
		t.Errorf("sigma 25 is drawn as %+v (%v)", e.Noise.Components(), err)
	}
}

func TestCheckRefusesWhatParseWouldRefuse(t *testing.T) {
	e := fullExperiment()
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*config.Experiment){
		"train.learning_rate = NaN: want a number from 1e-09 to 1": func(e *config.Experiment) { e.Train.LearningRate = math.NaN() },
		"train.minutes = NaN: want a number from 0.01 to 100000":   func(e *config.Experiment) { e.Train.Minutes = math.NaN() },
		"peak in [noise] is no key of the model \"gaussian\", whose keys are sigma; remove it, or choose another model": func(e *config.Experiment) {
			e.Noise.Peak = config.Range{From: 1, To: 1}
		},
		"[noise] has no sigma, which the model \"gaussian\" needs; add it, such as sigma = 25": func(e *config.Experiment) { e.Noise.Sigma = config.Range{} },
		`experiment.output = "": want a folder`:                                                func(e *config.Experiment) { e.Experiment.Output = "" },
		"train.steps = -1: want an integer from 1 to 1000000000":                               func(e *config.Experiment) { e.Train.Steps = -1 },
		"experiment.seed = 9223372036854775808: want an integer from 0 to 9223372036854775807": func(e *config.Experiment) { e.Experiment.Seed = 1 << 63 },
	} {
		e := fullExperiment()
		spoil(e)
		if err := e.Check(); err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestCanonicalKeepsOnlyWhatChangesResults(t *testing.T) {
	e, other := fullExperiment(), fullExperiment()
	other.Experiment.Name, other.Experiment.Output = "moved", "/another/folder"
	other.Data = config.Data{Train: []string{"c"}, Validation: []string{"d"}}
	other.Checkpoint = config.Checkpoint{Every: 7, Keep: 9}
	other.Device = config.Device{Name: "cpu", Threads: 1}
	if a, b := string(e.Canonical()), string(other.Canonical()); a != b {
		t.Errorf("equal runs differ:\n%s\n%s", a, b)
	}
	if found := config.Differences(e, other); len(found) > 0 {
		t.Errorf("equal runs differ: %v", found)
	}

	back, err := config.Parse("checkpoint", e.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	if found := config.Differences(e, back); len(found) > 0 {
		t.Errorf("read back from a checkpoint it differs: %v", found)
	}
	if string(back.Canonical()) != string(e.Canonical()) {
		t.Error("read back from a checkpoint it has other bytes")
	}
}

func TestDifferencesNamesEachKeyThatChangesResults(t *testing.T) {
	before, after := fullExperiment(), fullExperiment()
	after.Experiment.Seed = 2
	after.Noise.Sigma = config.Range{From: 25, To: 25}
	after.Network = config.Network{Name: "dncnn9x32", Domain: "linear"}
	after.Train = config.Train{Minutes: 3, Batch: 1, Patch: 8, LearningRate: 1, Warmup: 0.5, Average: 0, Loss: config.MSE, Precision: "bf16", Validate: 1}
	want := []string{
		"experiment.seed = 2 (was 9223372036854775807)",
		"noise.sigma = 25 (was [0.5, 55])",
		`network.name = "dncnn9x32" (was "dncnn17x64")`,
		"network.noise_map = false (was true)",
		`network.domain = "linear" (was "log")`,
		"network.domain_offset = absent (was 0.5)",
		"train.minutes = 3 (was absent)",
		"train.steps = absent (was 100)",
		"train.batch = 1 (was 16)",
		"train.patch = 8 (was 40)",
		"train.upright = false (was true)",
		"train.learning_rate = 1 (was 0.0001)",
		"train.warmup = 0.5 (was 0)",
		"train.average = 0 (was 0.999)",
		"train.clip = 0 (was 0.25)",
		"train.borders = 0 (was 0.5)",
		`train.loss = "mse" (was "l1")`,
		`train.precision = "bf16" (was "f32")`,
		"train.validate = 1 (was 50)",
	}
	if got := config.Differences(before, after); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if string(before.Canonical()) == string(after.Canonical()) {
		t.Error("different experiments have the same canonical bytes")
	}
}

// -0 and 0 are equal, so they must have equal canonical bytes.
func TestNegativeZeroIsZero(t *testing.T) {
	e, err := config.Parse("x.toml", []byte("train.steps = 1\nnoise.sigma = [-0.0, 1]\ntrain.warmup = -0.0"))
	if err != nil {
		t.Fatal(err)
	}
	if math.Signbit(e.Train.Warmup) || math.Signbit(e.Noise.Sigma.From) {
		t.Error("the sign of -0.0 was kept")
	}
}

func TestErrorsHaveTheClass(t *testing.T) {
	_, absent := config.Load("nowhere/x.toml", configs.FS, nil)
	_, broken := config.Parse("x.toml", []byte("["))
	for _, err := range []error{absent, broken, (&config.Experiment{}).Check()} {
		var class *config.Error
		if !errors.As(err, &class) {
			t.Errorf("%v is %T", err, err)
		}
	}
}
