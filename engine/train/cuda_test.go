//go:build gpu

package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tweedie/engine/checkpoint"
	"tweedie/engine/device"
	"tweedie/engine/device/cuda"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

func openCUDA(t *testing.T) *cuda.Device {
	t.Helper()
	if os.Getenv("TWEEDIE_CUDA_DRIVER") == "" {
		t.Skip("TWEEDIE_CUDA_DRIVER names no driver: scripts/cuda-emulator.sh builds one, or set it to libcuda.so.1 where there is a GPU")
	}
	d, err := cuda.New(cuda.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestCUDAFollowsPyTorch in float32.
func TestCUDAFollowsPyTorch(t *testing.T) {
	d := openCUDA(t)
	for _, name := range recordedNetworks {
		t.Run(name, func(t *testing.T) { followsPyTorch(t, d, name) })
	}
}

// TestCUDATrainsAsReference: the losses and norms of 20 steps, in both precisions, with noise and crops drawn on the device, are those of the reference
// but for rounding. A loss is a mean of squares near 0.01 with some 100 float32 roundings on the way to each. In bfloat16 both devices round alike but
// where a sum lies near a tie: then an activation moves by 2^-8 of itself, one among thousands, and Adam, whose early steps hardly depend on a gradient's
// size, makes more of it from step to step. The first five steps must agree closely, and far better than with what float32 gives; all of them within two
// units of the last place.
func TestCUDATrainsAsReference(t *testing.T) {
	const early = 2 * 5
	d := openCUDA(t)
	for precision, bounds := range map[string][2]float64{"f32": {1e-5, 1e-5}, "bf16": {1e-4, 0x1p-6}} {
		t.Run(precision, func(t *testing.T) {
			options := newOptions(t, t.TempDir(), "network.name=unet4x8b1", "train.precision="+precision, "train.steps=20")
			n, err := NetworkOf(options.Experiment)
			if err != nil {
				t.Fatal(err)
			}
			s := NewStep(options.Experiment, n, options.Training)
			want, got := twenty(t, s, reference.New()), twenty(t, s, d)
			first, all := relativeMaximum(got[:early], want[:early]), relativeMaximum(got, want)
			if !(first <= bounds[0]) || !(all <= bounds[1]) {
				t.Errorf("the losses and norms are %v, and in the first steps %v, from the reference's, relative: %v and %v", all, first, got, want)
			}
			if precision == "bf16" {
				n.Activations = program.Float32
				if distance := relativeMaximum(got[:early], twenty(t, s, d)[:early]); !(distance > 5*bounds[0]) {
					t.Errorf("bf16 and f32 differ by %v only, so that this test shows nothing", distance)
				}
			}
		})
	}
}

// TestCUDALossesAreFollowed: the device is waited for only where the run needs it to have come so far, and what is logged is the same as if it were waited
// for each time.
func TestCUDALossesAreFollowed(t *testing.T) {
	d := openCUDA(t)
	var metrics [2][]byte
	for i, c := range []struct {
		device device.Device
		reads  int
	}{{d, 1}, {unfollowed{d}, 13}} {
		options := newOptions(t, filepath.Join(t.TempDir(), "run"), "network.name=dncnn2x2", "train.steps=125", "train.validate=1000", "checkpoint.every=1000")
		now := time.Unix(0, 0)
		options.Clock = func() time.Time {
			now = now.Add(time.Second)
			return now
		}
		counted := counting{c.device, new(int)}
		options.Device, options.Deterministic = counted, true
		outcome := mustRun(t, options)
		if *counted.reads != c.reads {
			t.Errorf("the device is waited for %d times, want %d", *counted.reads, c.reads)
		}
		var err error
		if metrics[i], err = os.ReadFile(filepath.Join(outcome.Folder, MetricsName)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(metrics[0], metrics[1]) || bytes.Count(metrics[0], []byte("\n")) != 14 {
		t.Errorf("the metrics are\n%s\nand of a device that is waited for\n%s", metrics[0], metrics[1])
	}
}

// unfollowed is a device whose losses the host sees by waiting only.
type unfollowed struct{ device.Device }

func (d unfollowed) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	e, err := d.Device.Compile(p, s, plan)
	return struct{ device.Executable }{e}, err
}

// TestCUDAResumesBitForBit: a run that was interrupted and goes on ends with the files of an unbroken one.
func TestCUDAResumesBitForBit(t *testing.T) {
	d := openCUDA(t)
	for _, precision := range []string{"f32", "bf16"} {
		unbroken := newOptions(t, filepath.Join(t.TempDir(), "unbroken"), "train.precision="+precision)
		unbroken.Device, unbroken.Deterministic = d, true
		mustRun(t, unbroken)
		want := results(t, unbroken.Experiment.Experiment.Output)
		options := newOptions(t, filepath.Join(t.TempDir(), "run"), "train.precision="+precision)
		ctx, cancel := context.WithCancel(context.Background())
		options.Device, options.Deterministic = interrupting{d, 11, cancel}, true
		if _, err := Run(ctx, options); !errors.Is(err, ErrInterrupted) {
			t.Fatalf("an interrupted run ends with %v", err)
		}
		options.Device, options.Start = d, Resume
		mustRun(t, options)
		for name, content := range results(t, options.Experiment.Experiment.Output) {
			if !bytes.Equal(content, want[name]) {
				t.Errorf("%s: %s differs from the unbroken run's", precision, name)
			}
		}
	}
}

// TestCUDAPlanTravels: the algorithms that were timed when a run began are those with which it goes on.
func TestCUDAPlanTravels(t *testing.T) {
	d := openCUDA(t)
	options := newOptions(t, filepath.Join(t.TempDir(), "run"), "network.name=dncnn3x16", "train.precision=bf16", "train.steps=4", "checkpoint.every=2")
	ctx, cancel := context.WithCancel(context.Background())
	options.Device = timed{interrupting{d, 2, cancel}, t, d, true}
	if _, err := Run(ctx, options); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("an interrupted run ends with %v", err)
	}
	before, _, err := checkpoint.Newest(options.Experiment.Experiment.Output)
	if err != nil {
		t.Fatal(err)
	}
	last := fmt.Sprintf("%q", "direct") // is the last of a 3x3 convolution's where there is no cuDNN
	options.Device, options.Start = timed{d, t, d, false}, Resume
	mustRun(t, options)
	after, _, err := checkpoint.Newest(options.Experiment.Experiment.Output)
	if err != nil {
		t.Fatal(err)
	}
	if before.Plan != after.Plan || !strings.Contains(after.Plan, last) {
		t.Errorf("the run began by the plan %s and ended by %s", before.Plan, after.Plan)
	}
}

// timed is a device for which the last of the algorithms is the fastest, and whose algorithms may be timed or must not be.
type timed struct {
	device.Device
	t       *testing.T
	tuner   *cuda.Device
	allowed bool
}

func (d timed) Measure(p *program.Program) ([]device.Measurement, error) {
	if !d.allowed {
		d.t.Error("algorithms are timed again")
	}
	measurements, err := d.tuner.Measure(p)
	for i := range measurements {
		measurements[i].Milliseconds = float64(-i)
	}
	return measurements, err
}

func (d timed) Alternatives(operation program.Operation) []string {
	return d.tuner.Alternatives(operation)
}

var _ device.Tuner = timed{}

// TestCUDATrainsOnOtherNoise: with the noise of every model the losses and norms of 20 steps are those of the reference but for the network's
// rounding, as with Gaussian noise above: models, parameters, levels and the noise itself are the same bits.
func TestCUDATrainsOnOtherNoise(t *testing.T) {
	d := openCUDA(t)
	options := newOptions(t, t.TempDir(), "network.name=unet4x8b1", "network.noise_map=true", "train.batch=8", "train.steps=20", "noise.model=one-of",
		`noise.of=[{model = "gaussian"}, {model = "poisson", peak = [5, 100]}, {model = "ct", photons = [100, 1000]}, `+
			`{model = "poisson-gaussian"}, {model = "speckle", looks = [1, 9]}, {model = "rayleigh"}]`)
	n, err := NetworkOf(options.Experiment)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStep(options.Experiment, n, options.Training)
	want, got := twenty(t, s, reference.New()), twenty(t, s, d)
	if distance := relativeMaximum(got, want); !(distance <= 1e-5) {
		t.Errorf("the losses and norms are %v from the reference's, relative: %v and %v", distance, got, want)
	}
}

// TestCUDATrainsByEveryLoss: likewise with each loss, with SURE by differences and, in a network without rectifiers, by tangents.
func TestCUDATrainsByEveryLoss(t *testing.T) {
	d := openCUDA(t)
	for name, sets := range map[string][]string{
		"l1":          {"train.loss=l1", "network.name=unet4x8b1"},
		"noise2noise": {"train.loss=noise2noise", "network.name=unet4x8b1", "train.borders=0.5"},
		"differences": {"train.loss=sure", "network.name=unet4x8b1", "train.borders=0.5", "network.noise_map=true", "noise.model=poisson-gaussian"},
		"tangents":    {"train.loss=sure", "network.name=mlp8x8-12x12", "network.sigma_data=0.5", "noise.sigma=[10, 50]"},
	} {
		t.Run(name, func(t *testing.T) {
			options := newOptions(t, t.TempDir(), append(sets, "train.steps=20")...)
			n, err := NetworkOf(options.Experiment)
			if err != nil {
				t.Fatal(err)
			}
			s := NewStep(options.Experiment, n, options.Training)
			want, got := twenty(t, s, reference.New()), twenty(t, s, d)
			if distance := relativeMaximum(got, want); !(distance <= 1e-5) {
				t.Errorf("the losses and norms are %v from the reference's, relative: %v and %v", distance, got, want)
			}
		})
	}
}

func TestCUDATrainsOnPairs(t *testing.T) {
	d := openCUDA(t)
	options := newPairs(t, t.TempDir(), "network.name=unet4x8b1", "train.batch=8", "train.steps=20")
	n, err := NetworkOf(options.Experiment)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStep(options.Experiment, n, options.Training)
	want, got := twenty(t, s, reference.New()), twenty(t, s, d)
	if distance := relativeMaximum(got, want); !(distance <= 1e-5) {
		t.Errorf("the losses and norms are %v from the reference's, relative: %v and %v", distance, got, want)
	}
}
