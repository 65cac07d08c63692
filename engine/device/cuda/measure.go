//go:build gpu

package cuda

import (
	"errors"
	"fmt"
	"math"

	"tweedie/engine/device"
	"tweedie/engine/program"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

// A measurement is the least mean time of some launches in a row, so that the launch itself, which a graph of many operations does not have, is hidden.
const (
	measuredRounds   = 3
	measuredLaunches = 10
)

// Measure times every algorithm of each convolution and weight gradient, on zeros, in a state and a program of its own. A library's algorithm that
// turns out not to take an operation, or to need too much memory for it, is left out.
func (d *Device) Measure(p *program.Program) ([]device.Measurement, error) {
	var measurements []device.Measurement
	seen := map[string]bool{}
	for _, operation := range p.Operations {
		key, algorithms, err := d.alternatives(operation)
		if err != nil {
			return nil, err
		}
		if len(algorithms) < 2 || seen[key] {
			continue
		}
		seen[key] = true
		for _, algorithm := range algorithms {
			if !d.measurable(algorithm) {
				continue
			}
			m, err := d.measure(operation, key, algorithm)
			if unavailable(algorithm, err) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("timing %s by %s: %w", key, algorithm, err)
			}
			measurements = append(measurements, m)
		}
	}
	return measurements, nil
}

// measure times one algorithm of an operation.
func (d *Device) measure(operation program.Operation, key string, algorithm kernels.Algorithm) (m device.Measurement, err error) {
	p := &program.Program{Name: key, Operations: []program.Operation{stored(operation)}}
	s, err := d.NewState(p.Tensors())
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	compiled, err := d.Compile(p, s, device.Plan{Algorithms: map[string]string{key: string(algorithm)}})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, compiled.Close()) }()
	e := compiled.(*executable)
	m = device.Measurement{Key: key, Algorithm: string(algorithm), Milliseconds: math.Inf(1), Work: p.Work(), Bytes: e.Bytes()}
	for range measuredRounds + 1 { // the first round wakes the clocks and loads the kernels
		milliseconds, err := e.elapsed(measuredLaunches)
		if err != nil {
			return m, err
		}
		m.Milliseconds = min(m.Milliseconds, milliseconds/measuredLaunches)
	}
	return m, nil
}

// elapsed is the time of some runs in a row, in milliseconds.
func (e *executable) elapsed(runs int) (milliseconds float64, err error) {
	err = e.device.do(func() error {
		before, err := driver.NewEvent(true)
		if err != nil {
			return err
		}
		defer before.Close()
		after, err := driver.NewEvent(true)
		if err != nil {
			return err
		}
		defer after.Close()
		stream := e.device.stream
		if err := stream.Record(before); err != nil {
			return err
		}
		for range runs {
			if err := e.graph.Launch(stream); err != nil {
				return err
			}
		}
		if err := errors.Join(stream.Record(after), stream.Synchronize()); err != nil {
			return err
		}
		milliseconds, err = driver.Elapsed(before, after)
		return err
	})
	return milliseconds, err
}

// Alternatives are the names of the algorithms that can compute an operation.
func (d *Device) Alternatives(operation program.Operation) []string {
	var names []string
	_, algorithms, _ := d.alternatives(operation) // after an error, those of our own
	for _, algorithm := range algorithms {
		names = append(names, string(algorithm))
	}
	return names
}

// alternatives are the key of an operation in Plans and the algorithms that can compute it; none for operations that have one way.
func (d *Device) alternatives(operation program.Operation) (key string, algorithms []kernels.Algorithm, err error) {
	convolution := func(kind string, op program.TransposedConvolution, bias program.Tensor, transposed bool) {
		c, rounds := convolutionShape(op.Input, op.Output, op.Weight, transposed), roundable(op, bias)
		key = convolutionKey(kind, op.Output, op.Weight, op.Input, op.Output, rounds)
		algorithms = d.kernels.ConvolutionAlgorithms(c)
		err = d.do(func() error {
			others, err := d.libraries.convolutionAlgorithms(c, rounds)
			algorithms = append(algorithms, others...)
			return err
		})
	}
	switch op := operation.(type) {
	case program.Convolution:
		shared := program.TransposedConvolution{Input: op.Input, Weight: op.Weight, Residuals: op.Residuals, Output: op.Output}
		convolution("convolution", shared, op.Bias, false)
	case program.TransposedConvolution:
		convolution("transposed convolution", op, program.Tensor{}, true)
	case program.WeightGradient:
		g := weightGradientShape(op)
		key = convolutionKey("weight gradient", op.OutputGradient, op.WeightGradient, op.Input, op.OutputGradient, true)
		algorithms = d.kernels.WeightGradientAlgorithms(g)
		err = d.do(func() error {
			others, err := d.libraries.weightGradientAlgorithms(g)
			algorithms = append(algorithms, others...)
			return err
		})
	}
	return key, algorithms, err
}

// stored is the operation over tensors that live in a state.
func stored(operation program.Operation) program.Operation {
	keep := func(t program.Tensor) program.Tensor {
		if t.Present() {
			t.Role = program.Input
		}
		return t
	}
	all := func(tensors []program.Tensor) []program.Tensor {
		var kept []program.Tensor
		for _, t := range tensors {
			kept = append(kept, keep(t))
		}
		return kept
	}
	switch op := operation.(type) {
	case program.Convolution:
		op.Input, op.Weight, op.Bias, op.Mask, op.Output = keep(op.Input), keep(op.Weight), keep(op.Bias), keep(op.Mask), keep(op.Output)
		op.Residuals = all(op.Residuals)
		return op
	case program.TransposedConvolution:
		op.Input, op.Weight, op.Mask, op.Output, op.Residuals = keep(op.Input), keep(op.Weight), keep(op.Mask), keep(op.Output), all(op.Residuals)
		return op
	case program.WeightGradient:
		op.Input, op.OutputGradient, op.WeightGradient, op.BiasGradient = keep(op.Input), keep(op.OutputGradient), keep(op.WeightGradient), keep(op.BiasGradient)
		return op
	}
	return operation
}
