package engine

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/train"
)

// Describe prints what training the experiment would do, and leaves nothing behind: the resolved experiment, the network as a table, memory,
// and the time that a few steps take. What needs no device is printed before one is opened.
func Describe(out io.Writer, experiment *config.Experiment) error {
	n, err := train.NetworkOf(experiment)
	if err != nil {
		return err
	}
	set, err := LoadImages(experiment, false)
	if err != nil {
		return err
	}
	if _, err := LoadImages(experiment, true); err != nil {
		return err
	}
	training := train.NewStep(experiment, n, images(set))
	step, stored, err := training.Program()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n%s\n", experiment.Encode(), table(n, training.Clean.Shape))
	fmt.Fprintf(out, "images   %d of %d bit\n", len(set.Images), set.Depth())
	d, err := OpenDevice(experiment.Device.Name, experiment.Device.Threads)
	if err != nil {
		return err
	}
	defer d.Close()
	state, err := d.NewState(stored)
	if err != nil {
		return &DeviceError{err}
	}
	defer state.Close()
	executable, err := d.Compile(step, state, device.Plan{})
	if err != nil {
		return &DeviceError{err}
	}
	defer executable.Close()

	var held int64
	for _, tensor := range stored {
		held += int64(tensor.Bytes())
	}
	fmt.Fprintf(out, "device   %s: %s, %d threads\n", d.Info().Name, d.Info().Description, d.Info().Threads)
	fmt.Fprintf(out, "memory   %.1f MB of weights, moments and images, %.1f MB for a step's temporaries\n", megabytes(held), megabytes(executable.Bytes()))
	fmt.Fprintf(out, "work     %.2f GFLOP a step\n", step.Work()/1e9)
	for name, values := range training.Contents() {
		if err := state.Write(name, values); err != nil {
			return &DeviceError{err}
		}
	}
	times, err := fewSteps(executable, state, smallest(stored))
	if err != nil {
		return &DeviceError{err}
	}
	least := slices.Min(times)
	fmt.Fprintf(out, "time     %.1f ms a step, the least of %d: ", 1e3*least.Seconds(), len(times))
	if steps := experiment.Train.Steps; steps > 0 {
		fmt.Fprintf(out, "%v for %d steps\n", (time.Duration(steps) * least).Round(time.Second), steps)
	} else {
		fmt.Fprintf(out, "%.0f steps in %g minutes\n", experiment.Train.Minutes*60/least.Seconds(), experiment.Train.Minutes)
	}
	return nil
}

// fewSteps times steps for a second, and at least three, of which the first finds cold caches. Reading a tensor waits for the step.
func fewSteps(executable device.Executable, state device.State, awaited program.Tensor) ([]time.Duration, error) {
	var times []time.Duration
	for began := time.Now(); len(times) < 3 || time.Since(began) < time.Second; {
		start := time.Now()
		if err := executable.Run(program.Scalars{Step: uint64(len(times))}); err != nil {
			return nil, err
		}
		if err := state.Read(awaited.Name, make([]float32, awaited.Elements())); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
	}
	return times, nil
}

func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

// table lists the network's layers for one sample of a batch of that shape: shape of the result, parameters, multiply-adds x 2.
func table(n *network.Network, batch []int) string {
	noisy := program.Tensor{Name: "noisy", Shape: []int{1, batch[1], batch[2], 1}, Role: program.Input}
	levels := program.Tensor{Name: "levels", Shape: []int{1}, Role: program.Input}
	operations, _ := n.Forward(noisy, levels, "", program.Weight)
	width := len(n.Name)
	for _, operation := range operations {
		width = max(width, len(operation.Writes()[0].Name))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%-*s %-12s %-14s %10s %9s\n", width, "layer", "kernel", "result", "parameters", "GFLOP")
	for _, operation := range operations {
		output := operation.Writes()[0]
		if len(output.Shape) != 4 { // numbers of samples
			continue
		}
		parameters, kernel := 0, ""
		for _, tensor := range operation.Reads() {
			if tensor.Role == program.Weight {
				parameters += tensor.Elements()
				if len(tensor.Shape) == 4 {
					kernel = fmt.Sprintf("%dx%d %d>%d", tensor.Shape[2], tensor.Shape[3], tensor.Shape[1], tensor.Shape[0])
					if _, up := operation.(program.TransposedConvolution); up {
						kernel = fmt.Sprintf("%dx%d %d>%d up", tensor.Shape[2], tensor.Shape[3], tensor.Shape[0], tensor.Shape[1])
					}
				}
			}
		}
		one := program.Program{Operations: []program.Operation{operation}}
		shape := fmt.Sprintf("%dx%dx%d", output.Shape[1], output.Shape[2], output.Shape[3])
		fmt.Fprintf(&text, "%-*s %-12s %-14s %10d %9.4f\n", width, output.Name, kernel, shape, parameters, one.Work()/1e9)
	}
	all := program.Program{Operations: operations}
	fmt.Fprintf(&text, "%-*s %-12s %-14s %10d %9.4f\n", width, n.Name, "", "", n.Count(), all.Work()/1e9)
	return text.String()
}
