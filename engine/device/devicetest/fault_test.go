package devicetest

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

// faultVariable names the environment variable that says how the device of TestFaultyDevice is broken.
const faultVariable = "TWEEDIE_DEVICETEST_FAULT"

// TestSuiteFindsFaults runs the suite in a process of its own for each way in which a device can be broken, and expects the failure.
func TestSuiteFindsFaults(t *testing.T) {
	for fault, want := range map[string]string{
		"none":                   "",
		"a result is wrong":      "within",
		"a result is NaN":        "is NaN",
		"a result is not there":  "is NaN",
		"threads change bits":    "differs between 1 and 2 threads",
		"runs change bits":       "differs from one run to the next",
		"an input is written":    "was only to be read, and changed",
		"a tensor has no guards": "a band is damaged",
		"a case reaches out":     "a band of case is damaged",
		"a chain reaches out":    "a band of chain is damaged",
		"plans are not checked":  "a plan of another device compiles",
		"a program has a fault":  "relative to its norm",
		"a snapshot is no copy":  "the snapshot holds",
		"names are not checked":  "want an error of the tensor",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			command := exec.Command(os.Args[0], "-test.run=^TestFaultyDevice$/^(State|Compile|Programs|Add|Average)")
			command.Env = append(os.Environ(), faultVariable+"="+fault)
			output, err := command.CombinedOutput()
			if (err == nil) != (want == "") || !strings.Contains(string(output), want) {
				t.Errorf("the suite ends with %v and does not say %q:\n%s", err, want, output)
			}
		})
	}
}

// TestCheckNamesWhatFailed: outside of a test, the suite passes on the reference, and on a broken device names the parts that fail, those that end early
// and those that panic too.
func TestCheckNamesWhatFailed(t *testing.T) {
	failures := func(open Open) map[string]string {
		failed, passed := map[string]string{}, 0
		for _, result := range Check(open) {
			if passed++; len(result.Failures) > 0 {
				failed[result.Name] = strings.Join(result.Failures, "; ")
			}
		}
		if passed < 100 {
			t.Errorf("%d parts were run", passed)
		}
		return failed
	}
	if failed := failures(func(Options) (device.Device, error) { return reference.New(), nil }); len(failed) > 0 {
		t.Errorf("the reference fails in %v", failed)
	}
	failed := failures(func(options Options) (device.Device, error) {
		return faulty{reference.New(), "a program has a fault", options.Threads, new(int)}, nil
	})
	if len(failed) != 1 || !strings.Contains(failed["device/Programs/threads=1"], "relative to its norm") {
		t.Errorf("a device that computes programs wrongly fails in %v", failed)
	}
	var results []Result
	root := &recorder{results: &results}
	root.Run("fatal", func(r *recorder) { r.Fatal("stop", 1) })
	root.Run("panic", func(*recorder) { panic("oh") })
	for i, want := range []string{"stop 1", "panic: oh"} {
		if len(results) != 2 || len(results[i].Failures) != 1 || results[i].Failures[0] != want {
			t.Errorf("the results are %v", results)
		}
	}
}

// TestFaultyDevice is the suite on a broken device; it is for TestSuiteFindsFaults.
func TestFaultyDevice(t *testing.T) {
	fault := os.Getenv(faultVariable)
	if fault == "" {
		return
	}
	Run(t, func(options Options) (device.Device, error) {
		return faulty{reference.New(), fault, options.Threads, new(int)}, nil
	}, []int{1, 2}, true)
}

// faulty is the reference with one fault.
type faulty struct {
	device.Device
	fault   string
	threads int
	runs    *int
}

func (d faulty) NewState(tensors []program.Tensor) (device.State, error) {
	s, err := d.Device.NewState(tensors)
	return faultyState{s, d.fault}, err
}

func (d faulty) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	inner := s.(faultyState).State
	if d.fault == "plans are not checked" {
		plan = device.Plan{}
	}
	e, err := d.Device.Compile(p, inner, plan)
	return faultyRun{e, d, p, inner}, err
}

type faultyState struct {
	device.State
	fault string
}

func (s faultyState) Copy() (device.State, error) {
	if s.fault == "a snapshot is no copy" {
		return s, nil
	}
	return s.State.Copy()
}

func (s faultyState) Read(name string, dst any) error {
	err := s.State.Read(name, dst)
	if s.fault == "names are not checked" && errors.Is(err, device.ErrTensor) {
		return nil
	}
	return err
}

func (s faultyState) CheckGuards() error {
	if s.fault == "a tensor has no guards" {
		return errors.New("a band is damaged")
	}
	return nil
}

type faultyRun struct {
	device.Executable
	device  faulty
	program *program.Program
	state   device.State
}

func (e faultyRun) CheckGuards() error {
	if e.device.fault == "a "+e.program.Name+" reaches out" {
		return fmt.Errorf("a band of %s is damaged", e.program.Name)
	}
	return nil
}

// Run computes, and then damages the last element of one tensor.
func (e faultyRun) Run(scalars program.Scalars) error {
	last := e.program.Operations[len(e.program.Operations)-1]
	tensor := last.Writes()[0]
	before := make([]float64, tensor.Elements())
	if err := e.state.Read(tensor.Name, before); err != nil {
		return err
	}
	if err := e.Executable.Run(scalars); err != nil {
		return err
	}
	*e.device.runs++
	change := func(value float64) float64 { return value }
	switch e.device.fault {
	case "a result is wrong":
		change = func(value float64) float64 { return value + 1e-4 }
	case "a result is NaN":
		change = func(float64) float64 { return math.NaN() }
	case "a result is not there":
		if e.program.Name == "case" && len(last.Reads()) > 0 {
			change = func(float64) float64 { return before[len(before)-1] }
		}
	case "threads change bits":
		change = func(value float64) float64 { return value + float64(e.device.threads)*1e-12 }
	case "runs change bits":
		change = func(value float64) float64 { return value + float64(*e.device.runs)*1e-12 }
	case "an input is written":
		if e.program.Name == "case" {
			tensor = last.Reads()[len(last.Reads())-1]
			change = func(value float64) float64 { return value + 1 }
		}
	case "a program has a fault":
		if e.program.Name == "chain" {
			change = func(value float64) float64 { return value * 1.001 }
		}
	}
	values := make([]float64, tensor.Elements())
	if err := e.state.Read(tensor.Name, values); err != nil {
		return err
	}
	values[len(values)-1] = change(values[len(values)-1])
	return e.state.Write(tensor.Name, values)
}
