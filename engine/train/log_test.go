package train

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

// TestLossesAreReadSeldom: a device that takes its steps in no time is waited for once a ring, one that takes half a second a line after each
// line; what is logged is the same.
func TestLossesAreReadSeldom(t *testing.T) {
	metrics := map[time.Duration][]byte{}
	for perCall, reads := range map[time.Duration]int{0: 3, time.Second: 25} {
		options := newOptions(t, filepath.Join(t.TempDir(), "run"), "train.steps=245", "train.validate=1000", "checkpoint.every=1000")
		now := time.Unix(0, 0)
		options.Clock = func() time.Time {
			now = now.Add(perCall)
			return now
		}
		counted := counting{reference.New(), new(int)}
		options.Device = counted
		outcome := mustRun(t, options)
		if *counted.reads != reads {
			t.Errorf("with %v between two looks at the clock the losses are read %d times, want %d", perCall, *counted.reads, reads)
		}
		var err error
		if metrics[perCall], err = os.ReadFile(filepath.Join(outcome.Folder, MetricsName)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(metrics[0], metrics[time.Second]) || bytes.Count(metrics[0], []byte("\n")) != 26 {
		t.Errorf("the metrics of a fast device are\n%s\nof a slow one\n%s", metrics[0], metrics[time.Second])
	}
}

// counting is a device that counts how often its ring of losses is read.
type counting struct {
	device.Device
	reads *int
}

func (d counting) NewState(tensors []program.Tensor) (device.State, error) {
	s, err := d.Device.NewState(tensors)
	return countingState{s, d.reads}, err
}

func (d counting) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	return d.Device.Compile(p, s.(countingState).State, plan)
}

type countingState struct {
	device.State
	reads *int
}

func (s countingState) Read(name string, dst any) error {
	if name == ringName {
		*s.reads++
	}
	return s.State.Read(name, dst)
}
