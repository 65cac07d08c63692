package cpu

import (
	"errors"
	"fmt"
	"maps"
	"unsafe"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

var errClosed = errors.New("cpu: used after Close")

// state keeps each tensor in a region of its own.
type state struct {
	device  *Device
	tensors map[string]program.Tensor
	memory  memory
	regions map[string]*region
	closed  bool
}

// memory is where each tensor's elements begin.
type memory map[string]unsafe.Pointer

// floats are the elements of t, nil if it is absent.
func (m memory) floats(t program.Tensor) []float32 {
	if !t.Present() {
		return nil
	}
	return unsafe.Slice((*float32)(m[t.Name]), t.Elements())
}

func elements[T any](m memory, t program.Tensor) []T {
	return unsafe.Slice((*T)(m[t.Name]), t.Elements())
}

// NewState allocates the tensors, filled with zeros.
func (d *Device) NewState(tensors []program.Tensor) (device.State, error) {
	s := &state{device: d, tensors: map[string]program.Tensor{}, memory: memory{}, regions: map[string]*region{}}
	for _, tensor := range tensors {
		if _, twice := s.tensors[tensor.Name]; twice {
			s.free()
			return nil, fmt.Errorf("%w %q is declared twice", device.ErrTensor, tensor.Name)
		}
		if err := s.add(tensor); err != nil {
			s.free()
			return nil, fmt.Errorf("%v: %w", tensor, err)
		}
	}
	return s, nil
}

func (s *state) add(tensor program.Tensor) error {
	band := 0
	if s.device.guards {
		band = 4 * guardWords
	}
	r, err := newRegion(bytes(tensor) + 2*band + 4)
	if err != nil {
		return err
	}
	if s.device.guards {
		r.guard(tensor.Name, band, bytes(tensor))
	}
	s.tensors[tensor.Name], s.regions[tensor.Name] = tensor, r
	s.memory[tensor.Name] = unsafe.Add(r.start, band)
	return nil
}

// find returns a tensor; the caller holds the turn.
func (s *state) find(name string, host any) (program.Tensor, error) {
	if s.closed {
		return program.Tensor{}, errClosed
	}
	tensor, found := s.tensors[name]
	if !found {
		return tensor, device.UnknownTensor(name)
	}
	return tensor, device.CheckTransfer(tensor, host)
}

func (s *state) Read(name string, dst any) error {
	s.device.turn.Lock()
	defer s.device.turn.Unlock()
	tensor, err := s.find(name, dst)
	if err != nil {
		return err
	}
	switch dst := dst.(type) {
	case []float32:
		copy(dst, s.memory.floats(tensor))
	case []float64:
		for i, value := range s.memory.floats(tensor) {
			dst[i] = float64(value)
		}
	case []uint8:
		copy(dst, elements[uint8](s.memory, tensor))
	case []uint16:
		copy(dst, elements[uint16](s.memory, tensor))
	case []uint32:
		copy(dst, elements[uint32](s.memory, tensor))
	}
	return nil
}

func (s *state) Write(name string, src any) error {
	s.device.turn.Lock()
	defer s.device.turn.Unlock()
	tensor, err := s.find(name, src)
	if err != nil {
		return err
	}
	switch src := src.(type) {
	case []float32:
		copy(s.memory.floats(tensor), src)
		s.round(tensor)
	case []float64:
		dst := s.memory.floats(tensor)
		for i, value := range src {
			dst[i] = float32(value)
		}
		s.round(tensor)
	case []uint8:
		copy(elements[uint8](s.memory, tensor), src)
	case []uint16:
		copy(elements[uint16](s.memory, tensor), src)
	case []uint32:
		copy(elements[uint32](s.memory, tensor), src)
	}
	return nil
}

// round rounds what was written to a tensor of type BFloat16.
func (s *state) round(tensor program.Tensor) {
	if tensor.Type == program.BFloat16 {
		roundBFloat16(s.memory.floats(tensor), s.memory.floats(tensor))
	}
}

// Copy copies every tensor.
func (s *state) Copy() (device.State, error) {
	s.device.turn.Lock()
	defer s.device.turn.Unlock()
	if s.closed {
		return nil, errClosed
	}
	duplicate := &state{device: s.device, tensors: map[string]program.Tensor{}, memory: memory{}, regions: map[string]*region{}}
	for name, tensor := range s.tensors {
		if err := duplicate.add(tensor); err != nil {
			duplicate.free()
			return nil, fmt.Errorf("snapshot of %v: %w", tensor, err)
		}
		copy(unsafe.Slice((*byte)(duplicate.memory[name]), bytes(tensor)), unsafe.Slice((*byte)(s.memory[name]), bytes(tensor)))
	}
	return duplicate, nil
}

// CheckGuards reports a tensor with damaged guard bands, if the device was opened with them.
func (s *state) CheckGuards() error {
	for _, r := range s.regions {
		if err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *state) Close() error {
	s.device.turn.Lock()
	defer s.device.turn.Unlock()
	s.free()
	return nil
}

func (s *state) free() {
	s.closed = true
	for _, r := range s.regions {
		r.free()
	}
	maps.DeleteFunc(s.regions, func(string, *region) bool { return true })
}
