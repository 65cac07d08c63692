package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/device/reference"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// recorded gives images noise that any two of their samples can be told by: each noisy sample, of 16 bits, is the clean one inverted and 256 times as fine, plus
// eight bits of its place.
func recorded(images Images) Images {
	clean := images.Samples.([]uint8)
	noisy := make([]uint16, len(clean))
	for i, sample := range clean {
		noisy[i] = uint16(255-sample)<<8 | uint16(random.Words(3, random.Noise, 0, 0, uint32(i))[0]>>24)
	}
	images.Noisy, images.Digest = noisy, images.Digest+" and noisy"
	return images
}

// newPairs is a run of the smallest kind on pairs.
func newPairs(t *testing.T, folder string, sets ...string) Options {
	t.Helper()
	sets = append(sets, "data.noisy=n", "data.clean=c", "data.validation_noisy=vn", "data.validation_clean=vc")
	options := newOptions(t, folder, sets...)
	options.Training, options.Validation = recorded(options.Training), recorded(options.Validation)
	return options
}

// TestPairsAreCutAlike: every noisy sample of a batch is the one at the place of its clean one, whatever way the patch is turned and extended; with
// an element turned or moved by one in one of the two only, bits of the place would differ.
func TestPairsAreCutAlike(t *testing.T) {
	for _, sets := range [][]string{{"train.borders=0"}, {"train.borders=0.5"}, {"train.borders=0", "train.upright=true"}} {
		options := newPairs(t, t.TempDir(), append(sets, "train.batch=9")...)
		n, err := network.Parse("unet2x3b1", false)
		if err != nil {
			t.Fatal(err)
		}
		noisySamples, cleanSamples := options.Training.Noisy.([]uint16), options.Training.Samples.([]uint8)
		known := map[float64]map[float64]bool{} // clean values by noisy ones
		for i, sample := range noisySamples {
			value := float64(float32(sample) / 65535)
			if known[value] == nil {
				known[value] = map[float64]bool{}
			}
			known[value][float64(float32(cleanSamples[i])/255)] = true
		}
		s := NewStep(options.Experiment, n, options.Training)
		s.Clean.Role, s.Noisy.Role = program.Recorded, program.Recorded
		different := map[float64]bool{}
		byHand(t, s, make([]float64, 3), func(step int, state device.State) {
			clean, noisy := floats(t, state, s.Clean), floats(t, state, s.Noisy)
			for i := range noisy {
				if !known[noisy[i]][clean[i]] {
					t.Fatalf("%v, step %d, element %d: noisy %v and clean %v are not of one place", sets, step, i, noisy[i], clean[i])
				}
				different[noisy[i]] = true
			}
		})
		if len(different) < 200 {
			t.Errorf("%v: only %d noisy values were seen", sets, len(different))
		}
	}
}

// TestPairsResume: a run on pairs that was interrupted ends with the bytes of an unbroken one, on the reference and on the processor, and its validation
// reads the recorded images.
func TestPairsResume(t *testing.T) {
	processor, err := cpu.New(cpu.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer processor.Close()
	var figures []float64
	for _, d := range []device.Device{reference.New(), processor} {
		unbroken := newPairs(t, filepath.Join(t.TempDir(), "unbroken"))
		unbroken.Device = d
		figures = append(figures, mustRun(t, unbroken).ValidationPSNR)
		want := results(t, unbroken.Experiment.Experiment.Output)
		options := newPairs(t, filepath.Join(t.TempDir(), "run"))
		ctx, cancel := context.WithCancel(context.Background())
		options.Device = interrupting{d, 11, cancel}
		if _, err := Run(ctx, options); !errors.Is(err, ErrInterrupted) {
			t.Fatalf("an interrupted run ends with %v", err)
		}
		options.Device, options.Start = d, Resume
		mustRun(t, options)
		for name, content := range results(t, options.Experiment.Experiment.Output) {
			if !bytes.Equal(content, want[name]) {
				t.Errorf("%s: %s differs from the unbroken run's", d.Info().Name, name)
			}
		}
	}
	// 30 steps of float32 and of float64; the bound is that of the other trainings.
	if !(math.Abs(figures[0]-figures[1]) <= 1e-3) {
		t.Errorf("validation PSNR %v dB", figures)
	}
	options := newPairs(t, t.TempDir())
	n, err := NetworkOf(options.Experiment)
	if err != nil {
		t.Fatal(err)
	}
	v, err := newValidation(options.Validation, n, options.Experiment.Noise, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, value := range v.contents["validation/noisy"] {
		if clean := math.Round(255 * float64(v.clean[i])); math.Floor(math.Round(65535*float64(value))/256) != 255-clean {
			t.Fatalf("element %d: validated on %v, recorded of %v", i, value, v.clean[i])
		}
	}
	added := newOptions(t, filepath.Join(t.TempDir(), "added"))
	if other := mustRun(t, added).ValidationPSNR; !(math.Abs(other-figures[0]) > 0.1) {
		t.Errorf("a run on added noise has the validation PSNR of one on inverted images: %v and %v dB", other, figures[0])
	}
	if added.Experiment.Noise.Model == config.Paired {
		t.Error("the noise of a run without pairs is called paired")
	}
	other := newPairs(t, filepath.Join(t.TempDir(), "none"))
	other.Experiment.Experiment.Output, other.Start = added.Experiment.Experiment.Output, Resume
	if _, err := Run(context.Background(), other); !errors.Is(err, ErrFolder) {
		t.Errorf("going on on pairs where noise was added ends with %v", err)
	}
}

// TestPairsOfOtherTypesAreRefused: what is neither 8 nor 16 bits is told of the noisy ones, too.
func TestPairsOfOtherTypesAreRefused(t *testing.T) {
	options := newPairs(t, filepath.Join(t.TempDir(), "run"))
	options.Training.Noisy = []float32{1}
	if _, err := Run(context.Background(), options); err == nil || fmt.Sprint(err) != "images of []float32 are neither 8 nor 16 bit" {
		t.Errorf("%v", err)
	}
}
