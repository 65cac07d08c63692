package cpu

import (
	"maps"
	"math"
	"unsafe"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// BFloat16 tensors are held as float32 here, and rounded after the operation that writes them: right, and no faster than float32 but where AMX multiplies
// them (amx.h).

// bytes is the size of a tensor on this device.
func bytes(t program.Tensor) int {
	if t.Type == program.BFloat16 {
		return 4 * t.Elements()
	}
	return t.Bytes()
}

// roundBFloat16 writes the values rounded to eight significant bits, ties to even: half of the last place kept is added to the bits, with a carry
// into the exponent where it belongs. NaN stays what it is. The two may be the same slice.
func roundBFloat16(to, from []float32) {
	for i, value := range from {
		bits := math.Float32bits(value)
		if value == value {
			bits = (bits + 0x7fff + bits>>16&1) &^ 0xffff
		}
		to[i] = math.Float32frombits(bits)
	}
}

// prepareRounded is prepare for an operation that may have BFloat16 tensors: a weight that meets such an input is rounded into a workspace
// first, and what is written as BFloat16 is rounded afterwards.
func (e *executable) prepareRounded(operation program.Operation, plan device.Plan) (step, error) {
	var exact, rounded program.Tensor
	switch op := operation.(type) {
	case program.Convolution:
		if op.Input.Type == program.BFloat16 {
			exact, rounded = op.Weight, roundedWeight(op.Weight)
			op.Weight = rounded
			operation = op
		}
	case program.TransposedConvolution:
		if op.Input.Type == program.BFloat16 {
			exact, rounded = op.Weight, roundedWeight(op.Weight)
			op.Weight = rounded
			operation = op
		}
	}
	inner, err := e.prepare(operation, plan)
	if err != nil {
		return step{}, err
	}
	if exact.Present() {
		inner = withRoundedWeight(inner, exact, rounded)
	}
	for _, written := range operation.Writes() {
		if written.Type == program.BFloat16 && !inner.rounds {
			inner = withRoundedResult(inner, written)
		}
	}
	return inner, nil
}

func roundedWeight(weight program.Tensor) program.Tensor {
	return program.Tensor{Name: "rounded/" + weight.Name, Shape: weight.Shape}
}

// withRoundedWeight is the step with one more workspace, which holds the rounded weight.
func withRoundedWeight(inner step, exact, rounded program.Tensor) step {
	at, outer := len(inner.workspaces), inner
	outer.workspaces = append(inner.workspaces, rounded.Bytes())
	extended := func(m memory, workspaces []unsafe.Pointer) memory {
		with := maps.Clone(m)
		with[rounded.Name] = workspaces[at]
		return with
	}
	if inner.schedule != nil {
		outer.schedule = func(s *schedule, m memory, workspaces []unsafe.Pointer) {
			m = extended(m, workspaces)
			s.round(rounded, exact, m)
			inner.schedule(s, m, workspaces[:at])
		}
		return outer
	}
	outer.bind = func(m memory, workspaces []unsafe.Pointer) func(program.Scalars) {
		m = extended(m, workspaces)
		run := inner.bind(m, workspaces[:at])
		from, to := m.floats(exact), m.floats(rounded)
		return func(s program.Scalars) {
			roundBFloat16(to, from)
			run(s)
		}
	}
	return outer
}

func withRoundedResult(inner step, written program.Tensor) step {
	outer := inner
	if inner.schedule != nil {
		outer.schedule = func(s *schedule, m memory, workspaces []unsafe.Pointer) {
			inner.schedule(s, m, workspaces)
			s.round(written, written, m)
		}
		return outer
	}
	outer.bind = func(m memory, workspaces []unsafe.Pointer) func(program.Scalars) {
		run, result := inner.bind(m, workspaces), m.floats(written)
		return func(s program.Scalars) {
			run(s)
			roundBFloat16(result, result)
		}
	}
	return outer
}
