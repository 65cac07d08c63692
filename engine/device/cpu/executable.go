package cpu

import (
	"fmt"
	"slices"
	"time"
	"unsafe"

	"tweedie/engine/device"
	"tweedie/engine/device/arena"
	"tweedie/engine/program"
)

// step is one operation, ready to be placed: the bytes of its workspaces, and what binds it to memory.
type step struct {
	workspaces []int
	bind       func(m memory, workspaces []unsafe.Pointer) func(program.Scalars)
}

type executable struct {
	device *Device
	state  *state
	name   string
	local  bool // the program is
	plan   device.Plan
	arena  *region
	keys   []string // of the operations
	runs   []func(program.Scalars)
}

// Compile checks the program and places its temporaries and workspaces in one arena. Run computes before it returns.
func (d *Device) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	held, ok := s.(*state)
	if !ok || held.device != d {
		return nil, fmt.Errorf("program %s: the state belongs to another device (%T)", p.Name, s)
	}
	if held.closed {
		return nil, fmt.Errorf("program %s: the state: %w", p.Name, errClosed)
	}
	if plan.Device != "" && plan.Device != "cpu" {
		return nil, fmt.Errorf("program %s: the plan belongs to the device %s; run it there, or without a plan", p.Name, plan.Device)
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	if err := device.CheckStored(p, held.tensors); err != nil {
		return nil, err
	}
	e := &executable{device: d, state: held, name: p.Name, local: p.Local, plan: device.Plan{Device: "cpu", Algorithms: map[string]string{}}}
	spans := arena.Temporaries(p, bytes)
	steps := make([]step, len(p.Operations))
	workspaces := make([][]*arena.Span, len(p.Operations))
	for i, operation := range p.Operations {
		e.keys = append(e.keys, operationKey(operation))
		var err error
		if steps[i], err = e.prepareRounded(operation, plan); err != nil {
			return nil, fmt.Errorf("program %s, operation %d: %w", p.Name, i, err)
		}
		for k, bytes := range steps[i].workspaces {
			workspaces[i] = append(workspaces[i], &arena.Span{Name: fmt.Sprintf("workspace %d of operation %d", k, i), Bytes: bytes, First: i, Last: i})
		}
		spans = append(spans, workspaces[i]...)
	}
	var err error
	if e.arena, err = newRegion(arena.Place(spans, d.layout())); err != nil {
		return nil, fmt.Errorf("program %s: %w", p.Name, err)
	}
	at := func(s *arena.Span) unsafe.Pointer { return unsafe.Add(e.arena.start, s.Offset) }
	m := memory{}
	for name, pointer := range held.memory {
		m[name] = pointer
	}
	for _, s := range spans {
		m[s.Name] = at(s)
		if d.guards {
			e.arena.guard(s.Name, s.Offset, s.Bytes)
		}
	}
	for i, step := range steps {
		var pointers []unsafe.Pointer
		for _, s := range workspaces[i] {
			pointers = append(pointers, at(s))
		}
		e.runs = append(e.runs, step.bind(m, pointers))
	}
	return e, nil
}

// prepare chooses the kernels of one operation.
func (e *executable) prepare(operation program.Operation, plan device.Plan) (step, error) {
	b := e.device.backend
	switch operation.(type) {
	case program.Convolution, program.TransposedConvolution, program.WeightGradient, program.NoiseMap, program.Channels, program.PadChannels, program.Extend,
		program.Reshape, program.SiLU, program.ScaleSamples:
		if err := notInPlace(operation); err != nil {
			return step{}, err
		}
	}
	switch op := operation.(type) {
	case program.Convolution:
		c, err := e.chooseConvolution(convolutionKind, op.Output, op.Weight, plan)
		return c.convolution(op), err
	case program.TransposedConvolution:
		c, err := e.chooseConvolution(transposedKind, op.Output, op.Weight, plan)
		return c.transposedConvolution(op), err
	case program.WeightGradient:
		c, err := e.chooseConvolution(weightGradientKind, op.OutputGradient, op.WeightGradient, plan)
		return c.weightGradient(op), err
	case program.Patches:
		return patches(op), nil
	case program.AddNoise:
		c, err := e.choose(operationKey(op), direct, []string{direct}, plan)
		return c.backend.addNoise(op), err
	case program.DrawConditions:
		return drawConditions(op), nil
	case program.Observe:
		return b.observe(op), nil
	case program.Extend:
		return extend(op), nil
	case program.Add:
		return b.add(op), nil
	case program.Curve:
		return b.curve(op), nil
	case program.NoiseMap:
		return noiseMap(op), nil
	case program.Channels:
		return copyChannels(op.Input, op.Output), nil
	case program.PadChannels:
		return copyChannels(op.Input, op.Output), nil
	case program.Reshape:
		return b.add(program.Add{Inputs: []program.Tensor{op.Input}, Output: op.Output}), nil
	case program.SiLU:
		return b.silu(op), nil
	case program.ScaleSamples:
		return b.scaleSamples(op), nil
	case program.Precondition:
		return precondition(op), nil
	case program.MSE:
		return b.mse(op), nil
	case program.L1:
		return b.l1(op), nil
	case program.RandomProbe:
		return randomProbe(op), nil
	case program.Displace:
		return displace(op), nil
	case program.SURE:
		return sure(op), nil
	case program.GradientNorm:
		return b.gradientNorm(op), nil
	case program.Adam:
		return b.adam(op), nil
	case program.Average:
		return b.average(op), nil
	case program.Record:
		return record(op), nil
	}
	return step{}, fmt.Errorf("the cpu device does not know %T", operation)
}

// notInPlace reports an operation that would overwrite what it still has to read.
func notInPlace(operation program.Operation) error {
	reads := operation.Reads()
	for _, written := range operation.Writes() {
		if slices.ContainsFunc(reads, func(t program.Tensor) bool { return t.Name == written.Name }) {
			return fmt.Errorf("%T reads and writes %v; give the result another name", operation, written)
		}
	}
	return nil
}

// Run computes one pass.
func (e *executable) Run(scalars program.Scalars) error {
	e.device.turn.Lock()
	defer e.device.turn.Unlock()
	if err := e.open(); err != nil {
		return err
	}
	for _, run := range e.runs {
		run(scalars)
	}
	return nil
}

// open reports what a run needs and has been closed; the caller holds the turn.
func (e *executable) open() error {
	if e.device.closed || e.arena.start == nil || e.state.closed {
		return fmt.Errorf("program %s: %w", e.name, errClosed)
	}
	return nil
}

// Profile computes one pass and times each operation.
func (e *executable) Profile(scalars program.Scalars) ([]device.OperationTime, error) {
	e.device.turn.Lock()
	defer e.device.turn.Unlock()
	if err := e.open(); err != nil {
		return nil, err
	}
	var times []device.OperationTime
	for i, run := range e.runs {
		began := time.Now()
		run(scalars)
		times = append(times, device.OperationTime{Key: e.keys[i], Algorithm: e.plan.Algorithms[e.keys[i]], Time: time.Since(began)})
	}
	return times, nil
}

func (e *executable) Plan() device.Plan { return e.plan }
func (e *executable) Bytes() int64      { return int64(e.arena.bytes) }

// CheckGuards reports a temporary or workspace with damaged guard bands, if the device was opened with them.
func (e *executable) CheckGuards() error { return e.arena.check() }

func (e *executable) Close() error {
	e.device.turn.Lock()
	defer e.device.turn.Unlock()
	e.runs = nil
	e.arena.free()
	return nil
}
