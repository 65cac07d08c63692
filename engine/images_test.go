package engine

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/device/reference"
	"tweedie/engine/noise"
	"tweedie/engine/picture"
	"tweedie/engine/random"
)

// TestImagesAreThoseOfTheExperiment: folders of 16 bits for training and of 8 bits for validation, with an image below the patch size
// that is left out; synthetic images differ between the two.
func TestImagesAreThoseOfTheExperiment(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"train", "validation"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name string, side, depth int) {
		p := picture.New(side, side+1, 1, depth)
		for i := range p.Planes[0] {
			p.Planes[0][i] = p.Maximum() - uint16(i%200)
		}
		if err := picture.Write(filepath.Join(folder, name), p, false); err != nil {
			t.Fatal(err)
		}
	}
	write("train/a.png", 20, 16)
	write("train/small.png", 9, 16)
	write("validation/b.png", 17, 8)
	experiment := &config.Experiment{}
	experiment.Train.Patch = 16
	experiment.Data.Train, experiment.Data.Validation = []string{filepath.Join(folder, "train")}, []string{filepath.Join(folder, "validation")}
	for _, validation := range []bool{false, true} {
		set, err := LoadImages(experiment, validation)
		if err != nil {
			t.Fatal(err)
		}
		got, side, skipped := images(set), 20, 1
		if validation {
			side, skipped = 17, 0
		}
		switch samples := got.Samples.(type) {
		case []uint16:
			if validation || len(samples) != 20*21 || samples[3] != 65532 {
				t.Errorf("%d samples of 16 bits begin with %v", len(samples), samples[:4])
			}
		case []uint8:
			if !validation || len(samples) != 17*18 || samples[3] != 252 {
				t.Errorf("%d samples of 8 bits begin with %v", len(samples), samples[:4])
			}
		}
		if want := []uint32{0, 0, uint32(side + 1), uint32(side)}; !slices.Equal(got.Index, want) || len(got.Names) != 1 || got.Digest != set.Digest || len(set.Skipped) != skipped {
			t.Errorf("index %v, names %v, %d left out; want %v, one and %d", got.Index, got.Names, len(set.Skipped), want, skipped)
		}
	}
	experiment.Data.Train, experiment.Data.Validation = []string{data.DeadLeaves}, []string{data.DeadLeaves}
	training, err := LoadImages(experiment, false)
	if err != nil {
		t.Fatal(err)
	}
	validation, err := LoadImages(experiment, true)
	if err != nil || training.Digest == validation.Digest {
		t.Errorf("synthetic images to validate on are those to train on (%v)", err)
	}
}

// TestNoiseIsThatOfTraining: on the reference, each channel's noise is that of the stream Noise at the step of its number; what is not noise stays.
func TestNoiseIsThatOfTraining(t *testing.T) {
	clean := picture.New(5, 3, 3, 16)
	clean.Alpha, clean.Profile = make([]uint16, 15), []byte("a profile")
	for c, plane := range clean.Planes {
		for i := range plane {
			plane[i] = uint16(20000*c + 9000 + i)
		}
	}
	noisy, err := AddNoise(reference.New(), clean, fix(t, "gaussian", 40), 11)
	if err != nil {
		t.Fatal(err)
	}
	for c, plane := range noisy.Planes {
		for i, got := range plane {
			normal := random.Normals(random.Words(11, random.Noise, uint64(c), 0, uint32(i/4)))[i%4]
			want := min(max(float64(clean.Planes[c][i])+40.0/255*65535*normal, 0), 65535)
			if !(math.Abs(float64(got)-want) <= 0.51) {
				t.Errorf("channel %d, sample %d is %d, want %v", c, i, got, want)
			}
		}
	}
	if !slices.Equal(noisy.Alpha, clean.Alpha) || string(noisy.Profile) != "a profile" {
		t.Errorf("alpha %v and the profile %q are not kept", noisy.Alpha, noisy.Profile)
	}
}

// TestEveryNoiseModelIsThatOfThePackage: on the fastest device, each channel has the noise that package noise draws at the step of its number.
func TestEveryNoiseModelIsThatOfThePackage(t *testing.T) {
	d, err := OpenDevice("auto", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	clean := picture.New(31, 17, 2, 16)
	for c, plane := range clean.Planes {
		for i := range plane {
			plane[i] = uint16(1000*c + 60*i)
		}
	}
	for _, given := range []noise.Fixed{
		fix(t, "poisson", 20), fix(t, "ct", 500, 2), fix(t, "poisson-gaussian", 20, 10), fix(t, "speckle", 3), fix(t, "rayleigh"),
	} {
		noisy, err := AddNoise(d, clean, given, 11)
		if err != nil {
			t.Fatal(err)
		}
		for c, plane := range noisy.Planes {
			from, to := make([]float32, len(plane)), make([]float32, len(plane))
			for i, sample := range clean.Planes[c] {
				from[i] = float32(sample) / 65535
			}
			given.Apply(to, from, &noise.Words{Seed: 11, Stream: random.Noise, Step: uint64(c)})
			for i, got := range plane {
				if want := min(max(float64(to[i])*65535, 0), 65535); !(math.Abs(float64(got)-want) <= 0.51) {
					t.Fatalf("%s: channel %d, sample %d is %d, want %v", given.Model.Name, c, i, got, want)
				}
			}
		}
	}
}

// TestBenchmarkAddsUp: work as counted by hand for two layers, 1>4>1, and rates that are work by time.
func TestBenchmarkAddsUp(t *testing.T) {
	const batch, size, layer = 3, 8, 2 * 9 * 4 // floating-point operations of a layer for one pixel
	for mode, perPixel := range map[string]float64{"denoise": 2 * layer, "train": 2*layer + layer + 2*layer} {
		timing, err := Bench(Benchmark{Network: "dncnn2x4", Batch: batch, Size: size, Mode: mode, Device: "reference", Steps: 3})
		if err != nil {
			t.Fatal(err)
		}
		near := func(what string, got, want float64) {
			if !(math.Abs(got-want) <= 1e-9*want) {
				t.Errorf("%s: %s is %v, want %v", mode, what, got, want)
			}
		}
		pixels := float64(batch * size * size)
		near("gflop_per_step", timing.Work, perPixel*pixels/1e9)
		near("gflop_per_s", timing.Rate, perPixel*pixels/timing.Median/1e6)
		near("gflop_per_s_best", timing.BestRate, perPixel*pixels/timing.Minimum/1e6)
		near("mpixel_per_s", timing.Pixels, pixels/timing.Median/1e3)
		if !(timing.Minimum > 0 && timing.Minimum <= timing.Median) {
			t.Errorf("%s: the minimum %v and the median %v of three steps", mode, timing.Minimum, timing.Median)
		}
	}
}

func TestBenchmarkOfNothingIsAnError(t *testing.T) {
	right := Benchmark{Network: "dncnn2x2", Batch: 1, Size: 4, Mode: "train", Device: "reference", Steps: 1}
	for what, change := range map[string]func(*Benchmark){
		"no steps": func(b *Benchmark) { b.Steps = 0 }, "no samples": func(b *Benchmark) { b.Batch = -1 }, "no pixels": func(b *Benchmark) { b.Size = 0 },
		"no mode": func(b *Benchmark) { b.Mode = "" }, "no network": func(b *Benchmark) { b.Network = "" },
	} {
		wrong := right
		change(&wrong)
		var problem *config.Error
		if _, err := Bench(wrong); !errors.As(err, &problem) {
			t.Errorf("%s gives %v", what, err)
		}
	}
}

// TestDescriptionAddsUp: the table's parameters are those of each layer, weight and bias, and of all.
func TestDescriptionAddsUp(t *testing.T) {
	experiment, err := config.Parse("tiny.toml", []byte("[network]\nname = \"dncnn3x4\"\n[train]\nsteps = 20\nbatch = 2\npatch = 16\n[device]\nname = \"reference\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Describe(&out, experiment); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"model.0": "3x3 1>4 16x16x4 40 0.0000", "model.2": "3x3 4>4 16x16x4 148 0.0001", "denoised": "3x3 4>1 16x16x1 37 0.0000", "dncnn3x4": "225 0.0001",
		"work": "0.00 GFLOP a step", // 5 passes of 36 products and 3 of 144 for each of 512 pixels
	}
	for _, line := range strings.Split(out.String(), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 1 && want[fields[0]] == strings.Join(fields[1:], " ") {
			delete(want, fields[0])
		}
	}
	set, err := LoadImages(experiment, false)
	if err != nil {
		t.Fatal(err)
	}
	held := len(set.Samples8) + 4*len(set.Index()) + 4*(4*225+2*100) // weights, average, two moments, a ring of 100 losses and norms
	if text := fmt.Sprintf("memory   %.1f MB of weights, moments and images", float64(held)/1e6); !strings.Contains(out.String(), text) {
		t.Errorf("the description does not say %q:\n%s", text, out.String())
	}
	if len(want) > 0 {
		t.Errorf("the description lacks %v:\n%s", want, out.String())
	}
}
