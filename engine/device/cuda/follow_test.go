//go:build gpu

package cuda

import (
	"errors"
	"os"
	"slices"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// recorder is a program that writes a row of a ring and counts its runs.
type recorder struct {
	device     *Device
	state      device.State
	executable device.Executable
}

const ringRows = 2 * slots

func newRecorder(t *testing.T) recorder {
	t.Helper()
	d := opened(t)
	losses, norm := tensor("losses", program.Input, 1), tensor("norm", program.Input, 1)
	ring, runs := tensor("ring", program.Recorded, ringRows, 2), tensor("runs", program.Recorded, 1)
	p := &program.Program{Name: "recorder", Operations: []program.Operation{
		program.Add{Inputs: []program.Tensor{losses, norm}, Output: losses},
		program.Record{Losses: losses, Norm: norm, Ring: ring},
		program.Add{Inputs: []program.Tensor{runs, norm}, Output: runs},
	}}
	s, err := d.NewState([]program.Tensor{losses, norm, ring, runs})
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string][]float32{"losses": {0}, "norm": {1}, "runs": {0}} {
		if err := s.Write(name, values); err != nil {
			t.Fatal(err)
		}
	}
	e, err := d.Compile(p, s, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(e.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	return recorder{d, s, e}
}

func (r recorder) run(t *testing.T, first, last int) {
	t.Helper()
	for step := first; step < last; step++ {
		if err := r.executable.Run(program.Scalars{Step: uint64(step)}); err != nil {
			t.Fatal(err)
		}
	}
}

func (r recorder) follow(t *testing.T) (rows []float64, pending int) {
	t.Helper()
	rows = make([]float64, 2*ringRows)
	pending, err := r.executable.(device.Follower).Follow("ring", rows)
	if err != nil {
		t.Fatal(err)
	}
	return rows, pending
}

func eager() bool { return os.Getenv("TWEEDIE_EMULATOR_SCHEDULE") == "eager" }

// TestFollowWaitsForNothing: what it says has ended is there, what is enqueued stays enqueued, and in the end all is there.
func TestFollowWaitsForNothing(t *testing.T) {
	r := newRecorder(t)
	r.run(t, 0, 7)
	rows, pending := r.follow(t)
	if want := 7; !eager() && pending != want {
		t.Errorf("%d runs are pending, want %d: the emulated device runs none before it must", pending, want)
	}
	for polls := 0; pending > 0; polls++ { // the emulated device lets a poll wait now and then
		if polls > 1000 {
			t.Fatalf("%d runs stay pending", pending)
		}
		if rows, pending = r.follow(t); pending > 0 {
			check(t, rows, 7-pending)
		}
	}
	check(t, rows, 7)

	// A row is the last run's that wrote it, however many runs there were.
	r.run(t, 7, 3*ringRows+5)
	if err := r.state.Read("runs", make([]float32, 1)); err != nil {
		t.Fatal(err)
	}
	rows, pending = r.follow(t)
	if pending != 0 {
		t.Errorf("%d runs are pending behind a Read", pending)
	}
	whole := make([]float64, 2*ringRows)
	if err := r.state.Read("ring", whole); err != nil || !slices.Equal(rows, whole) {
		t.Errorf("the ring is %v on the device and %v on the host (%v)", whole, rows, err)
	}
}

func check(t *testing.T, rows []float64, ended int) {
	t.Helper()
	for i := range ended {
		if rows[2*i] != float64(i+1) || rows[2*i+1] != 1 {
			t.Fatalf("of %d runs that have ended, row %d is %v", ended, i, rows[2*i:2*i+2])
		}
	}
}

// TestFollowKnowsWhatWasWritten before and after the program was compiled, as a resumed run writes it.
func TestFollowKnowsWhatWasWritten(t *testing.T) {
	r := newRecorder(t)
	r.run(t, 0, 3)
	want := make([]float64, 2*ringRows)
	for i := range want {
		want[i] = float64(i)
	}
	if err := r.state.Write("ring", want); err != nil {
		t.Fatal(err)
	}
	if rows, _ := r.follow(t); !slices.Equal(rows, want) {
		t.Errorf("%v was written, and the host sees %v", want, rows)
	}
	copied, err := r.state.Copy()
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	losses, norm := tensor("losses", program.Input, 1), tensor("norm", program.Input, 1)
	p := &program.Program{Name: "again", Operations: []program.Operation{program.Record{Losses: losses, Norm: norm, Ring: tensor("ring", program.Recorded, ringRows, 2)}}}
	e, err := r.device.Compile(p, copied, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	rows := make([]float64, 2*ringRows)
	if pending, err := e.(device.Follower).Follow("ring", rows); err != nil || pending != 0 || !slices.Equal(rows, want) {
		t.Errorf("a program over a copy sees %v, %d pending (%v)", rows, pending, err)
	}
}

func TestFollowMistakesAreErrors(t *testing.T) {
	r := newRecorder(t)
	f := r.executable.(device.Follower)
	for name, dst := range map[string]any{"ring": make([]float32, 3), "runs": make([]float32, 1), "nothing": make([]float32, 1)} {
		if _, err := f.Follow(name, dst); !errors.Is(err, device.ErrTensor) {
			t.Errorf("following %s to a %T gives %v", name, dst, err)
		}
	}
	if err := r.executable.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Follow("ring", make([]float32, 2*ringRows)); err == nil {
		t.Error("a closed program is followed")
	}
}

// TestSnapshotIsReadWhileRunsAreEnqueued: reading a copy of the state does not wait for what was enqueued behind the copy, and gives what was there
// when the copy was made. The memory of a copy that was closed serves the next.
func TestSnapshotIsReadWhileRunsAreEnqueued(t *testing.T) {
	r := newRecorder(t)
	done := 0
	var memory *region
	for round := range 3 {
		r.run(t, done, done+5)
		copied, err := r.state.Copy()
		if err != nil {
			t.Fatal(err)
		}
		r.run(t, done+5, done+9)
		runs, rows := make([]float64, 1), make([]float64, 2*ringRows)
		if err := errors.Join(copied.Read("runs", runs), copied.Read("ring", rows)); err != nil {
			t.Fatal(err)
		}
		if runs[0] != float64(done+5) {
			t.Errorf("the copy was made after %d runs and holds those of %v", done+5, runs[0])
		}
		check(t, rows, done+5)
		if _, pending := r.follow(t); !eager() && pending != 4 {
			t.Errorf("%d runs are pending, want the 4 that were enqueued behind the copy", pending)
		}
		if region := copied.(*state).changed; round > 0 && region != memory {
			t.Error("a second copy takes memory of its own")
		} else {
			memory = region
		}
		if err := copied.Close(); err != nil {
			t.Fatal(err)
		}
		done += 9
	}
}

// TestCopyIsRead after a program was compiled over it and has changed it, too.
func TestCopyIsRead(t *testing.T) {
	r := newRecorder(t)
	r.run(t, 0, 2)
	copied, err := r.state.Copy()
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	one, runs := tensor("norm", program.Input, 1), tensor("runs", program.Recorded, 1)
	p := &program.Program{Name: "more", Operations: []program.Operation{program.Add{Inputs: []program.Tensor{runs, one}, Output: runs}}}
	e, err := r.device.Compile(p, copied, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for range 3 {
		if err := e.Run(program.Scalars{}); err != nil {
			t.Fatal(err)
		}
	}
	values := make([]float64, 1)
	if err := copied.Read("runs", values); err != nil || values[0] != 5 {
		t.Errorf("the copy counts %v runs, want 5 (%v)", values[0], err)
	}
}
