package cpu

import (
	"fmt"
	"maps"
	"slices"
	"time"
	"unsafe"

	"tweedie/engine/device"
	"tweedie/engine/device/arena"
	"tweedie/engine/program"
)

type executable struct {
	device  *Device
	state   *state
	name    string
	local   bool // the program is
	plan    device.Plan
	keys    []string // of the operations
	arena   *region
	memory  memory // of all tensors
	scratch *arena.Span
	stride  int // bytes of a thread's scratch memory
	steps   []placed
	passes  *passes   // all operations together
	single  []*passes // each operation by itself, for Profile; nil before the first
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
	for i, operation := range p.Operations {
		e.keys = append(e.keys, operationKey(operation))
		step, err := e.prepareRounded(operation, plan)
		if err != nil {
			return nil, fmt.Errorf("program %s, operation %d: %w", p.Name, i, err)
		}
		e.steps = append(e.steps, placed{step: step})
		e.stride = max(e.stride, aligned(step.scratch))
	}
	err := e.place(p)
	if err == nil {
		e.passes, err = e.assemble(e.steps)
	}
	if err != nil {
		e.free()
		return nil, fmt.Errorf("program %s: %w", p.Name, err)
	}
	return e, nil
}

// place allocates the arena and finds where everything lies.
func (e *executable) place(p *program.Program) error {
	spans := lifetimes(p, arena.Temporaries(p, bytes), e.steps)
	e.scratch = &arena.Span{Name: "scratch of the threads", Bytes: e.stride * e.device.backend.threads, Last: len(p.Operations)}
	spans = append(spans, e.scratch)
	var err error
	if e.arena, err = newRegion(arena.Place(spans, e.device.layout())); err != nil {
		return err
	}
	e.memory = memory{}
	maps.Copy(e.memory, e.state.memory)
	for _, s := range spans {
		e.memory[s.Name] = unsafe.Add(e.arena.start, s.Offset)
		if e.device.guards {
			e.arena.guard(s.Name, s.Offset, s.Bytes)
		}
	}
	return nil
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
		c, err := e.chooseConvolution(op, op.Output, op.Weight, plan)
		return c.convolution(op), err
	case program.TransposedConvolution:
		c, err := e.chooseConvolution(op, op.Output, op.Weight, plan)
		return c.transposedConvolution(op), err
	case program.WeightGradient:
		c, err := e.chooseConvolution(op, op.OutputGradient, op.WeightGradient, plan)
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
	e.passes.run(scalars)
	return nil
}

// open reports what a run needs and has been closed; the caller holds the turn.
func (e *executable) open() error {
	if e.device.closed || e.arena.start == nil || e.state.closed {
		return fmt.Errorf("program %s: %w", e.name, errClosed)
	}
	return nil
}

// Profile computes one pass and times each operation. The first call assembles the operations one by one.
func (e *executable) Profile(scalars program.Scalars) ([]device.OperationTime, error) {
	e.device.turn.Lock()
	defer e.device.turn.Unlock()
	if err := e.open(); err != nil {
		return nil, err
	}
	for i := len(e.single); i < len(e.steps); i++ {
		p, err := e.assemble(e.steps[i : i+1])
		e.single = append(e.single, p)
		if err != nil {
			return nil, fmt.Errorf("program %s: %w", e.name, err)
		}
	}
	var times []device.OperationTime
	for i, p := range e.single {
		began := time.Now()
		p.run(scalars)
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
	e.free()
	return nil
}

func (e *executable) free() {
	for _, p := range append(e.single, e.passes) {
		if p != nil {
			p.free(e.device.closed)
		}
	}
	e.single, e.passes = nil, nil
	e.arena.free()
}
