package network

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/program"
)

// TestParametersAreThoseOfPyTorch compares names, shapes and starting deviations with the record of scripts/record/initialisation.py.
func TestParametersAreThoseOfPyTorch(t *testing.T) {
	text, err := os.ReadFile("../train/testdata/initialisation.json")
	if err != nil {
		t.Fatal(err)
	}
	var record struct {
		Networks map[string][]struct {
			Name              string
			Shape             []int
			StandardDeviation float64 `json:"standard_deviation"`
			Theory            float64
		}
	}
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	if len(record.Networks) < 2 {
		t.Fatalf("the record holds %d networks", len(record.Networks))
	}
	for name, recorded := range record.Networks {
		n, err := Parse(name, false)
		if err != nil {
			t.Fatal(err)
		}
		if len(n.Parameters) != len(recorded) {
			t.Errorf("%s has %d parameters, PyTorch %d", name, len(n.Parameters), len(recorded))
		}
		for _, want := range recorded {
			index := slices.IndexFunc(n.Parameters, func(p Parameter) bool { return p.Name == want.Name })
			if index < 0 {
				t.Errorf("%s lacks %s", name, want.Name)
				continue
			}
			got := n.Parameters[index]
			if !slices.Equal(got.Shape, want.Shape) || !(math.Abs(got.Deviation-want.Theory) <= 2e-6*want.Theory) {
				t.Errorf("%s: %v of deviation %v, PyTorch has %v of %v", want.Name, got.Shape, got.Deviation, want.Shape, want.Theory)
			}
			values := n.Initial(1, index)
			if sample, bound := deviation(values), 5*want.Theory/math.Sqrt(2*float64(len(values))); !(math.Abs(sample-want.Theory) <= bound) {
				t.Errorf("%s: drawn with deviation %v, want %v within %v", want.Name, sample, want.Theory, bound)
			}
		}
	}
}

func deviation(values []float32) float64 {
	sum := 0.0
	for _, value := range values {
		sum += float64(value) * float64(value)
	}
	return math.Sqrt(sum / float64(len(values)))
}

// TestWorkIsThatOfTheYardstick: GFLOP of a training step as PyTorch's hooks count them (cpu-baselines: 170 and 19.8).
func TestWorkIsThatOfTheYardstick(t *testing.T) {
	for name, want := range map[string]struct {
		batch, size int
		gigaflop    float64
	}{"dncnn17x64": {32, 40, 170.1}, "unet32x64x128b1": {8, 64, 19.9}} {
		n, err := Parse(name, false)
		if err != nil {
			t.Fatal(err)
		}
		noisy := program.Tensor{Name: "noisy", Shape: []int{want.batch, want.size, want.size, 1}, Role: program.Input}
		operations, _ := n.Forward(noisy, program.Tensor{}, "", program.Weight)
		p := program.Program{Operations: operations}
		if err := p.Check(); err != nil {
			t.Error(err)
		}
		if got := 3 * p.Work() / 1e9; !(math.Abs(got-want.gigaflop) <= 0.005*want.gigaflop) {
			t.Errorf("%s: %v GFLOP a step, want %v", name, got, want.gigaflop)
		}
	}
}

func TestParseExplainsWhatIsWrong(t *testing.T) {
	for name, want := range map[string]string{
		"resnet50":                   "unknown network",
		"dncnn17x64bn":               "batch normalisation",
		"dncnn1x64":                  "between 2 and 1000",
		"dncnn17x0":                  "between 1 and 4096",
		"unet0x4":                    "between 1 and 4096",
		"unet4b0":                    "between 1 and 1000",
		"unet9999999999999999999999": "between 1 and 4096",
		"unet1x1x1x1x1x1x1x1x1":      "at most 8",
		"unet32x":                    "unknown network",
		"":                           "unknown network",
		"resnet64":                   "unknown network",
		"resnet64b0":                 "between 1 and 1000",
		"mlp28x28":                   "unknown network",
		"mlp0x28-5":                  "between 1 and 65536",
		"mlp300x300-5":               "at most 65536",
		"mlp2x2-5x0":                 "between 1 and 4096",
		"autoencoder8x8-4x6m2":       "needs the size of the images",
		"autoencoder4x6v2":           "needs the size of the images",
		"autoencoder10x8-4x6x8v2":    "no multiples of 4",
		"autoencoder8x8-4x6v0":       "between 1 and 65536",
	} {
		if _, err := Parse(name, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want a sentence with %q", name, err, want)
		}
	}
}

// TestIdentifyFindsTheNetwork: names survive the way through their parameters, and one wrong tensor is named.
func TestIdentifyFindsTheNetwork(t *testing.T) {
	for _, name := range []string{"dncnn17x64", "dncnn3x5", "unet32x64x128b1", "unet8b3", "unet4x6x8x10b2", "resnet5b2", "resnet64b8",
		"autoencoder4m2", "autoencoder4x6m6", "autoencoder32x64x128m8"} {
		for _, noiseMap := range []bool{false, true} {
			want, err := Parse(name, noiseMap)
			if err != nil {
				t.Fatal(err)
			}
			shapes := map[string][]int{}
			for _, parameter := range want.Parameters {
				shapes[parameter.Name] = parameter.Shape
			}
			got, err := Identify(shapes)
			if err != nil || got.Name != name || got.NoiseMap != noiseMap {
				t.Errorf("%s, map %v: found %+v (%v)", name, noiseMap, got, err)
			}
			last := want.Parameters[len(want.Parameters)-1].Name
			shapes[last] = []int{1, 2, 3}
			if _, err := Identify(shapes); err == nil || !strings.Contains(err.Error(), last) {
				t.Errorf("%s: a wrong %s gives %v", name, last, err)
			}
		}
	}
}
