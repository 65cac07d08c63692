package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

// TestPlanTravels: a run that began with one instruction set and goes on where another is the default gives the bits of the first, in training
// and in validation.
func TestPlanTravels(t *testing.T) {
	tiers := cpu.Tiers()
	if len(tiers) == 1 {
		t.Skip("there is one instruction set")
	}
	open := func(tier string) *cpu.Device {
		d, err := cpu.New(cpu.Options{Threads: 2, Tier: tier})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}
	first, last := open(tiers[0]), open(tiers[len(tiers)-1])
	whole := func(d *cpu.Device) map[string][]byte {
		options := newOptions(t, filepath.Join(t.TempDir(), "run"))
		options.Device = d
		mustRun(t, options)
		return results(t, options.Experiment.Experiment.Output)
	}
	want := whole(first)
	if bytes.Equal(want[ModelName], whole(last)[ModelName]) {
		t.Fatalf("%s and %s give the same bits, so that this test shows nothing", tiers[0], tiers[len(tiers)-1])
	}
	options := newOptions(t, filepath.Join(t.TempDir(), "run"))
	ctx, cancel := context.WithCancel(context.Background())
	options.Device = interrupting{first, 9, cancel}
	if _, err := Run(ctx, options); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("an interrupted run ends with %v", err)
	}
	options.Device, options.Start = last, Resume
	mustRun(t, options)
	for name, content := range results(t, options.Experiment.Experiment.Output) {
		if !bytes.Equal(content, want[name]) {
			t.Errorf("%s differs from the unbroken run's", name)
		}
	}
}

// TestOtherValidationImagesAreNoticed when a run goes on.
func TestOtherValidationImagesAreNoticed(t *testing.T) {
	options := newOptions(t, filepath.Join(t.TempDir(), "run"), "train.steps=1")
	mustRun(t, options)
	options.Start, options.Validation = Resume, stripes(3, 9)
	if _, err := Run(context.Background(), options); !errors.Is(err, ErrFolder) || !strings.Contains(err.Error(), "data.validation") {
		t.Errorf("resuming with other validation images ends with %v", err)
	}
}

// TestOneCheckpointIsARun: a run that was interrupted before its first step is not written over either.
func TestOneCheckpointIsARun(t *testing.T) {
	options := newOptions(t, filepath.Join(t.TempDir(), "run"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, options); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("an interrupted run ends with %v", err)
	}
	if _, err := Run(context.Background(), options); !errors.Is(err, ErrFolder) {
		t.Errorf("a new run in its folder ends with %v", err)
	}
}

// TestFreshTakesAnEmptyFolder as it is: there is nothing to move aside.
func TestFreshTakesAnEmptyFolder(t *testing.T) {
	options := newOptions(t, t.TempDir(), "train.steps=1")
	options.Start = Fresh
	outcome := mustRun(t, options)
	if _, err := os.Lstat(outcome.Folder + ".old-1"); err == nil {
		t.Error("an empty folder was moved aside")
	}
}

// TestTimedStepsAreForgotten: a run whose number of steps was found by timing a few ends like one that was given the number.
func TestTimedStepsAreForgotten(t *testing.T) {
	var models [2][]byte
	for i, length := range []string{"train.minutes=0.01", "train.steps=54"} {
		options := newOptions(t, filepath.Join(t.TempDir(), "run"), "train.validate=10", "checkpoint.every=1000", length)
		now := time.Now()
		options.Clock = func() time.Time {
			now = now.Add(10 * time.Millisecond)
			return now
		}
		outcome := mustRun(t, options)
		if outcome.Steps != 54 {
			t.Fatalf("%s are %d steps, want 54", length, outcome.Steps)
		}
		var err error
		if models[i], err = os.ReadFile(outcome.Model); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("the models differ")
	}
}

// torn is a device whose second snapshot cannot be read.
type torn struct {
	device.Device
	snapshots *int
}

func (d torn) NewState(tensors []program.Tensor) (device.State, error) {
	s, err := d.Device.NewState(tensors)
	return tornState{s, d.snapshots}, err
}

func (d torn) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	return d.Device.Compile(p, s.(tornState).State, plan)
}

type tornState struct {
	device.State
	snapshots *int
}

var errTorn = errors.New("the snapshot is torn")

func (s tornState) Copy() (device.State, error) {
	*s.snapshots++
	copied, err := s.State.Copy()
	if *s.snapshots == 2 {
		return tornSnapshot{copied}, err
	}
	return copied, err
}

type tornSnapshot struct{ device.State }

func (tornSnapshot) Read(string, any) error { return errTorn }

// TestNoFailedCheckpointIsForgotten: one that cannot be written ends the run, though later ones could be.
func TestNoFailedCheckpointIsForgotten(t *testing.T) {
	options := newOptions(t, filepath.Join(t.TempDir(), "run"))
	options.Device = torn{reference.New(), new(int)}
	if _, err := Run(context.Background(), options); !errors.Is(err, errTorn) {
		t.Errorf("a run whose second checkpoint fails ends with %v", err)
	}
}
