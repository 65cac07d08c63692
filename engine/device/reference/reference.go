// Package reference is the device that defines every operation: float64, plain loops, no cleverness. The other devices are
// measured by it. It is slow, and trains small networks only.
package reference

import (
	"fmt"
	"maps"
	"slices"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// Device computes in float64 on one thread.
type Device struct{}

// New returns the reference device.
func New() *Device { return &Device{} }

// Info describes the device.
func (*Device) Info() device.Info {
	return device.Info{
		Name: "reference", Description: "float64, plain Go, one thread", Threads: 1, Float64: true,
		Slow: "the reference device computes in float64 with plain loops; it is for checks and tiny networks",
	}
}

// Close does nothing.
func (*Device) Close() error { return nil }

// NewState allocates the tensors, filled with zeros.
func (*Device) NewState(tensors []program.Tensor) (device.State, error) {
	s := &state{tensors: map[string]program.Tensor{}, memory: memory{}}
	for _, tensor := range tensors {
		if _, twice := s.tensors[tensor.Name]; twice {
			return nil, fmt.Errorf("%w %q is declared twice", device.ErrTensor, tensor.Name)
		}
		s.tensors[tensor.Name] = tensor
		s.memory.allocate(tensor)
	}
	return s, nil
}

// Compile checks the program and allocates its temporaries.
func (*Device) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	held, ok := s.(*state)
	if !ok {
		return nil, fmt.Errorf("program %s: the state belongs to another device (%T)", p.Name, s)
	}
	if plan.Device != "" && plan.Device != "reference" {
		return nil, fmt.Errorf("program %s: the plan belongs to the device %s", p.Name, plan.Device)
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	if err := device.CheckStored(p, held.tensors); err != nil {
		return nil, err
	}
	e := &executable{program: p, memory: maps.Clone(held.memory)}
	for _, tensor := range p.Tensors() {
		if tensor.Role == program.Temporary {
			e.memory.allocate(tensor)
			e.bytes += 8 * int64(tensor.Elements())
		}
	}
	return e, nil
}

// memory holds each tensor's elements by name: []float64 for the types float32 and bfloat16, else []uint8, []uint16 or []uint32.
type memory map[string]any

func (m memory) allocate(t program.Tensor) {
	switch t.Type {
	case program.Float32, program.BFloat16:
		m[t.Name] = make([]float64, t.Elements())
	case program.Uint8:
		m[t.Name] = make([]uint8, t.Elements())
	case program.Uint16:
		m[t.Name] = make([]uint16, t.Elements())
	case program.Uint32:
		m[t.Name] = make([]uint32, t.Elements())
	}
}

// float64s are the elements of t; nil if it is absent.
func (m memory) float64s(t program.Tensor) []float64 {
	if !t.Present() {
		return nil
	}
	return m[t.Name].([]float64)
}

type state struct {
	tensors map[string]program.Tensor
	memory  memory
}

func (s *state) Read(name string, dst any) error {
	tensor, found := s.tensors[name]
	if !found {
		return device.UnknownTensor(name)
	}
	if err := device.CheckTransfer(tensor, dst); err != nil {
		return err
	}
	switch dst := dst.(type) {
	case []float32:
		for i, value := range s.memory[name].([]float64) {
			dst[i] = float32(value)
		}
	case []float64:
		copy(dst, s.memory[name].([]float64))
	case []uint8:
		copy(dst, s.memory[name].([]uint8))
	case []uint16:
		copy(dst, s.memory[name].([]uint16))
	case []uint32:
		copy(dst, s.memory[name].([]uint32))
	}
	return nil
}

func (s *state) Write(name string, src any) error {
	tensor, found := s.tensors[name]
	if !found {
		return device.UnknownTensor(name)
	}
	if err := device.CheckTransfer(tensor, src); err != nil {
		return err
	}
	switch src := src.(type) {
	case []float32:
		dst := s.memory[name].([]float64)
		for i, value := range src {
			dst[i] = float64(value)
		}
		s.memory.round(tensor)
	case []float64:
		copy(s.memory[name].([]float64), src)
		s.memory.round(tensor)
	case []uint8:
		copy(s.memory[name].([]uint8), src)
	case []uint16:
		copy(s.memory[name].([]uint16), src)
	case []uint32:
		copy(s.memory[name].([]uint32), src)
	}
	return nil
}

func (s *state) Copy() (device.State, error) {
	duplicate := &state{tensors: maps.Clone(s.tensors), memory: memory{}}
	for name, elements := range s.memory {
		switch elements := elements.(type) {
		case []float64:
			duplicate.memory[name] = slices.Clone(elements)
		case []uint8:
			duplicate.memory[name] = slices.Clone(elements)
		case []uint16:
			duplicate.memory[name] = slices.Clone(elements)
		case []uint32:
			duplicate.memory[name] = slices.Clone(elements)
		}
	}
	return duplicate, nil
}

func (s *state) Close() error { return nil }

type executable struct {
	program *program.Program
	memory  memory
	bytes   int64
}

func (e *executable) Plan() device.Plan { return device.Plan{Device: "reference"} }
func (e *executable) Bytes() int64      { return e.bytes }
func (e *executable) Close() error      { return nil }

func (e *executable) Run(scalars program.Scalars) error {
	m := e.memory
	for _, operation := range e.program.Operations {
		switch op := operation.(type) {
		case program.Patches:
			m.patches(op, scalars)
		case program.AddNoise:
			m.addNoise(op, scalars)
		case program.DrawConditions:
			m.drawConditions(op, scalars)
		case program.Observe:
			m.observe(op, scalars)
		case program.Extend:
			m.extend(op, scalars)
		case program.Curve:
			m.curve(op)
		case program.Convolution:
			m.convolution(op)
		case program.TransposedConvolution:
			m.transposedConvolution(op)
		case program.WeightGradient:
			m.weightGradient(op)
		case program.Add:
			m.add(op)
		case program.NoiseMap:
			m.noiseMap(op)
		case program.Channels:
			m.copyChannels(op.Input, op.Output)
		case program.PadChannels:
			m.copyChannels(op.Input, op.Output)
		case program.Reshape:
			copy(m.float64s(op.Output), m.float64s(op.Input))
		case program.SiLU:
			m.silu(op)
		case program.ScaleSamples:
			m.scaleSamples(op)
		case program.Precondition:
			m.precondition(op)
		case program.MSE:
			m.mse(op)
		case program.L1:
			m.l1(op)
		case program.RandomProbe:
			m.randomProbe(op, scalars)
		case program.Displace:
			m.displace(op)
		case program.SURE:
			m.sure(op)
		case program.GradientNorm:
			m.gradientNorm(op)
		case program.Adam:
			m.adam(op, scalars)
		case program.Average:
			m.average(op, scalars)
		case program.Record:
			m.record(op, scalars)
		default:
			return fmt.Errorf("program %s: the reference device does not know %T", e.program.Name, op)
		}
		for _, written := range operation.Writes() {
			m.round(written)
		}
	}
	return nil
}
