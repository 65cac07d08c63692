//go:build cgo

package train

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/engine/device/cpu"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

func emulatedAMX(t *testing.T, threads int) *cpu.Device {
	t.Helper()
	d, err := cpu.New(cpu.Options{Threads: threads, Emulate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// TestAMXTrainsAsReference: the losses and norms of 20 steps in bfloat16, on the emulated tile unit, are those of the reference within the bounds that
// TestCUDATrainsAsReference derives, and not those of float32.
func TestAMXTrainsAsReference(t *testing.T) {
	const early, firstBound, bound = 2 * 5, 1e-4, 0x1p-6
	d := emulatedAMX(t, 2)
	options := newOptions(t, t.TempDir(), "network.name=unet16x32b1", "train.precision=bf16", "train.steps=20")
	n, err := NetworkOf(options.Experiment)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStep(options.Experiment, n, options.Training)
	want, got := twenty(t, s, reference.New()), twenty(t, s, d)
	first, all := relativeMaximum(got[:early], want[:early]), relativeMaximum(got, want)
	if !(first <= firstBound) || !(all <= bound) {
		t.Errorf("the losses and norms are %v, and in the first steps %v, from the reference's, relative: %v and %v", all, first, got, want)
	}
	n.Activations = program.Float32
	if distance := relativeMaximum(got[:early], twenty(t, s, d)[:early]); !(distance > 5*firstBound) {
		t.Errorf("bf16 and f32 differ by %v only, so that this test shows nothing", distance)
	}
}

// TestAMXRunGoesOn: a run in bfloat16 by tiles that is interrupted, and goes on with other threads, ends with the bytes of an unbroken one; its checkpoints
// name the algorithm.
func TestAMXRunGoesOn(t *testing.T) {
	sets := []string{"network.name=dncnn3x16", "train.precision=bf16"}
	whole := newOptions(t, filepath.Join(t.TempDir(), "run"), sets...)
	whole.Device = emulatedAMX(t, 1)
	mustRun(t, whole)
	want := results(t, whole.Experiment.Experiment.Output)

	options := newOptions(t, filepath.Join(t.TempDir(), "run"), sets...)
	ctx, cancel := context.WithCancel(context.Background())
	options.Device = interrupting{emulatedAMX(t, 2), 9, cancel}
	if _, err := Run(ctx, options); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("an interrupted run ends with %v", err)
	}
	options.Device, options.Start = emulatedAMX(t, 3), Resume
	mustRun(t, options)
	named := false
	for name, content := range results(t, options.Experiment.Experiment.Output) {
		if !bytes.Equal(content, want[name]) {
			t.Errorf("%s differs from the unbroken run's", name)
		}
		named = named || strings.Contains(string(content), "amx ")
	}
	if !named {
		t.Error("no checkpoint names the algorithm")
	}
}
