//go:build gpu

package cuda

import (
	"errors"
	"fmt"

	"tweedie/engine/device"
	"tweedie/engine/device/arena"
	"tweedie/engine/program"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

// memory is where each tensor, workspace and table of an executable begins, by name; 0 for what is absent.
type memory map[string]driver.Address

func (m memory) at(t program.Tensor) driver.Address { return m[t.Name] }

// unit is one launch, or a few, for one operation or several that are fused.
type unit struct {
	first, last int           // the operations that it computes
	spans       []*arena.Span // its workspaces, and tables that live as long as the executable
	reads       []string      // besides what the operations read: packed weights
	side        bool          // launched on the second stream
	tables      []table
	launch      func(m memory) error // enqueues the work
}

// table is data that kernels read, uploaded once.
type table struct {
	span *arena.Span
	data func(m memory) []byte
}

type executable struct {
	device  *Device
	state   *state
	program *program.Program
	plan    device.Plan
	arena   *region
	weights *packings
	scalars *scalars
	graph   *driver.Graph
}

// Compile checks the program, places its temporaries, workspaces and tables in one arena, and captures its launches as a graph.
func (d *Device) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	held, ok := s.(*state)
	if !ok || held.device != d {
		return nil, fmt.Errorf("program %s: the state belongs to another device (%T)", p.Name, s)
	}
	if plan.Device != "" && plan.Device != name {
		return nil, fmt.Errorf("program %s: the plan belongs to the device %s; run it there, or without a plan", p.Name, plan.Device)
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	stored := map[string]program.Tensor{}
	for name, p := range held.places {
		stored[name] = p.tensor
	}
	held.using.Lock() // a copy that is being read is not written before that has ended
	defer held.using.Unlock()
	if err := device.CheckStored(p, stored); err != nil {
		return nil, err
	}
	e := &executable{
		device: d, state: held, program: p, plan: device.Plan{Device: name, Algorithms: map[string]string{}},
		weights: &packings{}, scalars: newScalars(),
	}
	if err := d.do(func() error { return e.compile(plan) }); err != nil {
		return nil, fmt.Errorf("program %s: %w", p.Name, err)
	}
	return e, nil
}

func (e *executable) compile(plan device.Plan) error {
	if e.state.closed {
		return fmt.Errorf("the state: %w", errClosed)
	}
	if err := e.state.prepare(e.program); err != nil {
		return err
	}
	units, steps, m, err := e.place(plan)
	if err != nil {
		return err
	}
	if err := e.fill(units, m); err != nil {
		return errors.Join(err, e.arena.free())
	}
	if err := e.scalars.open(m[scalarsName]); err != nil {
		return errors.Join(err, e.arena.free())
	}
	if e.graph, err = driver.Capture(e.device.stream, func() error { return e.enqueue(steps) }); err != nil {
		return errors.Join(err, e.scalars.close(), e.arena.free())
	}
	return nil
}

// place gives everything that a run uses its memory.
func (e *executable) place(plan device.Plan) (units []unit, steps []step, m memory, err error) {
	if units, err = e.units(plan); err != nil {
		return nil, nil, nil, err
	}
	spans := arena.Temporaries(e.program, program.Tensor.Bytes)
	for _, u := range units {
		spans = append(spans, u.spans...)
	}
	spans = append(spans, e.weights.spans()...)
	block := &arena.Span{Name: scalarsName, Bytes: e.scalars.bytes(), Last: len(e.program.Operations) - 1}
	spans = append(spans, block)
	prolong(units, e.program.Operations, spans)
	if e.arena, err = e.device.allocate("a run of "+e.program.Name, spans); err != nil {
		return nil, nil, nil, err
	}
	m = memory{}
	for name, p := range e.state.places {
		m[name] = p.at
	}
	for _, s := range spans {
		m[s.Name] = e.arena.at(s)
	}
	return units, e.steps(units, spans, m), m, nil
}

// fill uploads the units' tables.
func (e *executable) fill(units []unit, m memory) error {
	for _, u := range units {
		for _, t := range u.tables {
			data := t.data(m)
			err := e.device.upload(m[t.span.Name], len(data), func(at int, piece []byte) { copy(piece, data[at:]) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// units turns the operations into launches: runs of Adam and Average into one, each other operation into one of its own.
func (e *executable) units(plan device.Plan) ([]unit, error) {
	var units []unit
	operations := e.program.Operations
	for i := 0; i < len(operations); {
		u, err := e.unit(i, plan)
		if err != nil {
			return nil, fmt.Errorf("operation %d: %w", i, err)
		}
		units = append(units, u)
		i = u.last + 1
	}
	return units, nil
}

// Run enqueues one pass: an upload of the scalars, and the graph.
func (e *executable) Run(s program.Scalars) error {
	err := e.device.do(func() error {
		if e.graph == nil || e.state.closed {
			return errClosed
		}
		if err := e.scalars.upload(e.device.stream, s); err != nil {
			return err
		}
		if err := e.graph.Launch(e.device.stream); err != nil {
			return err
		}
		return e.scalars.end(e.device.stream)
	})
	if err != nil {
		return fmt.Errorf("program %s: %w", e.program.Name, err)
	}
	return nil
}

// Follow reads the copy of a ring that the device keeps in the host's memory.
func (e *executable) Follow(name string, dst any) (pending int, err error) {
	err = e.device.do(func() error {
		p, err := e.state.find(name, dst)
		if err != nil {
			return err
		}
		ring, found := e.state.rings[name]
		if e.graph == nil || !found {
			return fmt.Errorf("%w %q: program %s records nothing there", device.ErrTensor, name, e.program.Name)
		}
		pending, err = e.scalars.pending() // before the ring is read: what it counts as ended is there
		take(p.tensor, dst, 0, ring.memory)
		return err
	})
	return pending, err
}

func (e *executable) Plan() device.Plan { return e.plan }
func (e *executable) Bytes() int64      { return e.arena.bytes }

// CheckGuards reports a temporary, workspace or table with damaged guard bands, if the device was opened with them.
func (e *executable) CheckGuards() error {
	return e.device.do(func() error { return e.device.check(e.arena) })
}

func (e *executable) Close() error {
	err := e.device.do(func() error {
		if e.graph == nil {
			return nil
		}
		err := errors.Join(e.device.stream.Synchronize(), e.graph.Close(), e.scalars.close(), e.arena.free())
		e.graph = nil
		return err
	})
	if errors.Is(err, errClosed) { // the device's memory is gone with it
		return nil
	}
	return err
}

// typeOf is the kernels' name of a tensor's element type.
func typeOf(t program.Tensor) kernels.Type {
	switch t.Type {
	case program.BFloat16:
		return kernels.BFloat16
	case program.Uint8:
		return kernels.Uint8
	case program.Uint16:
		return kernels.Uint16
	}
	return kernels.Float32
}

// array is a tensor as kernels take it, the zero Array if it is absent.
func (m memory) array(t program.Tensor) kernels.Array {
	if !t.Present() {
		return kernels.Array{}
	}
	return kernels.Array{Address: m.at(t), Type: typeOf(t)}
}
