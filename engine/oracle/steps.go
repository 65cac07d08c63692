package oracle

import (
	"fmt"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

// Steps runs a training step's program several times, at the given learning rates, and compares what it leaves: the losses and norms that were recorded, and all
// weights together, their averages and their moments. Witnesses against the reference device are Gorgonia and the device, unless it
// is nil.
func Steps(p *program.Program, contents map[string]any, rates []float32, d device.Device) ([]Row, error) {
	results := trained(p)
	want, err := trajectory(reference.New(), p, contents, rates, results)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(results))
	for i, tensors := range results {
		rows[i] = Row{Kind: fmt.Sprintf("%d steps", len(rates)), Tensor: tensors[0]}
		if len(tensors) > 1 {
			rows[i].Tensor = program.Tensor{Name: roleNames[tensors[0].Role]}
		}
	}
	witnesses := []device.Device{New()}
	if d != nil {
		witnesses = append(witnesses, d)
	}
	for _, witness := range witnesses {
		got, err := trajectory(witness, p, contents, rates, results)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i].Distances = append(rows[i].Distances, Distance{witness.Info().Name, relative(got[i], want[i]), bound(witness)})
		}
	}
	return rows, nil
}

// roleNames are what tensors of a role are together.
var roleNames = map[program.Role]string{
	program.Weight: "weights", program.Averaged: "averages", program.FirstMoment: "first moments", program.SecondMoment: "second moments",
}

// trained lists what a training step changes and keeps: each recorded tensor, and those of the other roles together.
func trained(p *program.Program) [][]program.Tensor {
	var results [][]program.Tensor
	roles := map[program.Role]int{}
	seen := map[string]bool{}
	for _, operation := range p.Operations {
		for _, tensor := range operation.Writes() {
			if tensor.Role == program.Temporary || seen[tensor.Name] {
				continue
			}
			seen[tensor.Name] = true
			at, known := roles[tensor.Role]
			if tensor.Role == program.Recorded || !known {
				at = len(results)
				results = append(results, nil)
				roles[tensor.Role] = at
			}
			results[at] = append(results[at], tensor)
		}
	}
	return results
}

// trajectory runs the program on a device and returns the values of each list of results, one after the other.
func trajectory(d device.Device, p *program.Program, contents map[string]any, rates []float32, results [][]program.Tensor) ([][]float64, error) {
	state, executable, err := compile(d, p)
	if err != nil {
		return nil, err
	}
	defer state.Close()
	defer executable.Close()
	for name, values := range contents {
		if err := state.Write(name, values); err != nil {
			return nil, err
		}
	}
	for step, rate := range rates {
		if err := executable.Run(program.Scalars{Step: uint64(step), LearningRate: rate}); err != nil {
			return nil, err
		}
	}
	values := make([][]float64, len(results))
	for i, tensors := range results {
		for _, tensor := range tensors {
			one := make([]float64, tensor.Elements())
			if err := state.Read(tensor.Name, one); err != nil {
				return nil, err
			}
			values[i] = append(values[i], one...)
		}
	}
	return values, nil
}
