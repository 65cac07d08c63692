package oracle

import (
	"errors"
	"fmt"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

// Device trains and runs networks in Gorgonia, in float64. Of a training step it takes the forward operations and the loss alone: the backward ones are left
// out, and Adam reads the gradients that Gorgonia derives. What follows the gradients is computed here; images, patches and noise, whose draws are
// prescribed, come from the reference device.
type Device struct{}

// New returns the device.
func New() Device { return Device{} }

// Info describes the device.
func (Device) Info() device.Info {
	return device.Info{
		Name: "gorgonia", Description: "float64, gradients by Gorgonia", Threads: 1, Float64: true,
		Slow: "Gorgonia computes in float64; it is for checks and tiny networks",
	}
}

// Close does nothing.
func (Device) Close() error { return nil }

// state is the reference device's: tensors in float64.
type state struct {
	device.State
	tensors map[string]program.Tensor
}

// NewState allocates the tensors, filled with zeros.
func (Device) NewState(tensors []program.Tensor) (device.State, error) {
	held, err := reference.New().NewState(tensors)
	if err != nil {
		return nil, err
	}
	byName := map[string]program.Tensor{}
	for _, tensor := range tensors {
		byName[tensor.Name] = tensor
	}
	return state{held, byName}, nil
}

// Copy duplicates the tensors.
func (s state) Copy() (device.State, error) {
	held, err := s.State.Copy()
	return state{held, s.tensors}, err
}

// Compile builds the graph of the program's forward operations. A program that differentiates must do so by a loss and hand its gradients to Adam.
func (Device) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	held, ok := s.(state)
	if !ok {
		return nil, fmt.Errorf("program %s: the state belongs to another device (%T)", p.Name, s)
	}
	if plan.Device != "" && plan.Device != "gorgonia" {
		return nil, fmt.Errorf("program %s: the plan belongs to the device %s", p.Name, plan.Device)
	}
	if err := errors.Join(p.Check(), device.CheckStored(p, held.tensors)); err != nil {
		return nil, err
	}
	parts, err := split(p)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", p.Name, err)
	}
	e := &executable{parts: parts, held: held, temporaries: map[string][]float64{}}
	if len(parts.draws) > 0 {
		if e.drawing, err = newDrawing(parts.draws); err != nil {
			return nil, fmt.Errorf("program %s: %w", p.Name, err)
		}
	}
	if e.graph, err = NewGraph(parts.forward, parts.wanted()); err != nil {
		return nil, fmt.Errorf("program %s: %w", p.Name, err)
	}
	for _, tensor := range p.Tensors() {
		if tensor.Role == program.Temporary {
			e.bytes += 8 * int64(tensor.Elements())
		}
	}
	return e, nil
}

// parts are a program's operations by who computes them.
type parts struct {
	draws, forward, updates []program.Operation
	loss                    loss
	weights                 map[string]program.Tensor // by the name of their gradient
	derived                 map[string]bool           // tensors that depend on the loss's gradient, and that
}

// split tells the parts of a program apart. What reads the loss's gradient is left out, but for the updates.
func split(p *program.Program) (parts, error) {
	s := parts{weights: map[string]program.Tensor{}, derived: map[string]bool{}}
	for _, operation := range p.Operations {
		derived := false
		for _, read := range operation.Reads() {
			derived = derived || s.derived[read.Name]
		}
		switch op := operation.(type) {
		case program.Patches, program.AddNoise, program.DrawConditions, program.Observe, program.Extend, program.RandomProbe, program.Displace:
			s.draws = append(s.draws, op)
		case program.GradientNorm, program.Average, program.Record:
			s.updates = append(s.updates, op)
		case program.Adam:
			s.updates = append(s.updates, op)
			s.weights[op.Gradient.Name] = op.Weight
		default:
			s.loss.notice(op)
			if !derived || s.loss.weighs(op) {
				s.forward = append(s.forward, op)
			}
			if !derived {
				for _, gradient := range s.loss.gradients {
					s.derived[gradient.Name] = true
				}
				continue
			}
			for _, written := range operation.Writes() {
				if written.Role != program.Temporary {
					return s, fmt.Errorf("gorgonia: %T writes %v, but what it reads of the loss's gradient is not computed here", op, written)
				}
				s.derived[written.Name] = true
			}
		}
	}
	return s, nil
}

// wanted lists the weights that the loss is differentiated by.
func (s parts) wanted() []program.Tensor {
	var weights []program.Tensor
	for _, weight := range s.weights {
		weights = append(weights, weight)
	}
	return weights
}

type executable struct {
	parts
	held        state
	drawing     *drawing // nil if nothing is drawn
	graph       *Graph
	temporaries map[string][]float64 // of this run
	bytes       int64
}

func (e *executable) Plan() device.Plan { return device.Plan{Device: "gorgonia"} }
func (e *executable) Bytes() int64      { return e.bytes }
func (e *executable) Close() error      { return e.graph.Close() }

func (e *executable) Run(scalars program.Scalars) error {
	clear(e.temporaries)
	if e.drawing != nil {
		if err := e.drawing.run(e, scalars); err != nil {
			return err
		}
	}
	if err := e.graph.Run(e.read); err != nil {
		return err
	}
	for _, operation := range e.forward {
		for _, written := range operation.Writes() {
			if values := e.graph.Output(written.Name); values != nil {
				if err := e.write(written, values); err != nil {
					return err
				}
			}
		}
	}
	for name, weight := range e.weights {
		e.temporaries[name] = e.graph.Gradient(weight.Name)
	}
	for _, operation := range e.updates {
		if err := e.update(operation, scalars); err != nil {
			return err
		}
	}
	return nil
}

// read returns a tensor's values.
func (e *executable) read(tensor program.Tensor) ([]float64, error) {
	if tensor.Role == program.Temporary {
		values, found := e.temporaries[tensor.Name]
		if !found {
			return nil, fmt.Errorf("gorgonia: %v is not computed here", tensor)
		}
		return values, nil
	}
	values := make([]float64, tensor.Elements())
	return values, e.held.Read(tensor.Name, values)
}

// write keeps a tensor's values.
func (e *executable) write(tensor program.Tensor, values []float64) error {
	if tensor.Role == program.Temporary {
		e.temporaries[tensor.Name] = values
		return nil
	}
	return e.held.Write(tensor.Name, values)
}
