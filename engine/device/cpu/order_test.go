package cpu_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/train"
)

// trained opens a device, computes some steps of training a small network and returns the weights, one after the other.
func trained(t *testing.T, options cpu.Options, steps int) []float32 {
	t.Helper()
	n, err := network.Parse("unet16x32b1", false)
	if err != nil {
		t.Fatal(err)
	}
	set, err := data.Load([]string{data.DeadLeaves}, data.Options{Patch: 16, Count: 4})
	if err != nil {
		t.Fatal(err)
	}
	experiment := &config.Experiment{}
	experiment.Train.Batch, experiment.Train.Patch, experiment.Train.Average, experiment.Train.Loss = 5, 16, 0.99, "mse"
	experiment.Noise = config.Noise{Model: "gaussian", Sigma: config.Range{From: 0, To: 50}}
	step := train.NewStep(experiment, n, train.Images{Samples: set.Samples8, Index: set.Index()})
	p, stored, err := step.Program()
	if err != nil {
		t.Fatal(err)
	}
	d, err := cpu.New(options)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s, err := d.NewState(stored)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, values := range step.Contents() {
		if err := s.Write(name, values); err != nil {
			t.Fatal(err)
		}
	}
	e, err := d.Compile(p, s, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for k := range steps {
		if err := e.Run(program.Scalars{Step: uint64(k), LearningRate: 1e-3}); err != nil {
			t.Fatal(err)
		}
	}
	var weights []float32
	for _, tensor := range stored {
		if tensor.Role == program.Weight || tensor.Role == program.Averaged {
			values := make([]float32, tensor.Elements())
			if err := s.Read(tensor.Name, values); err != nil {
				t.Fatal(err)
			}
			weights = append(weights, values...)
		}
	}
	return weights
}

// TestOrderChangesNothing: a step gives the same bits with any number of threads, and in any order of tasks that the graph allows.
func TestOrderChangesNothing(t *testing.T) {
	const steps = 3
	want := trained(t, cpu.Options{Threads: 1}, steps)
	for _, options := range []cpu.Options{{Threads: 2}, {Threads: 5}, {Threads: 2, Shuffle: 1}, {Threads: 2, Shuffle: 1000}, {Threads: 3, Shuffle: 2000}} {
		if got := trained(t, options, steps); !slices.Equal(got, want) {
			t.Errorf("%+v gives other bits", options)
		}
	}
}

// TestThreadsSleep: threads that have nothing to do take no time.
func TestThreadsSleep(t *testing.T) {
	d, err := cpu.New(cpu.Options{Threads: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	d.PeakGFLOPS()
	used := func() time.Duration {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			t.Skip(err)
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	time.Sleep(20 * time.Millisecond)
	before := used()
	time.Sleep(200 * time.Millisecond)
	if spent := used() - before; spent > 20*time.Millisecond {
		t.Errorf("eight idle threads took %v of 200 ms", spent)
	}
}
