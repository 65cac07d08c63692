package cpu

import (
	"fmt"
	"unsafe"

	"tweedie/engine/device/arena"
	"tweedie/engine/program"
)

// step is one operation, ready to be placed: the memory that it needs beside its tensors, and how it is bound to memory. It is computed by a function of
// Go's, by tasks, or by the one and then the other.
type step struct {
	workspaces []int // bytes
	scratch    int   // bytes that each thread needs while it runs one of the tasks
	rounds     bool  // what is written as BFloat16 needs no rounding afterwards
	bind       func(m memory, workspaces []unsafe.Pointer) func(program.Scalars)
	schedule   func(s *schedule, m memory, workspaces []unsafe.Pointer)
}

// noWorkspace is a step that needs no memory but its tensors, and is computed by a function.
func noWorkspace(bind func(m memory) func(program.Scalars)) step {
	return step{bind: func(m memory, _ []unsafe.Pointer) func(program.Scalars) { return bind(m) }}
}

// scheduled is a step that needs no memory but its tensors, and is computed by tasks.
func scheduled(add func(s *schedule, m memory)) step {
	return step{schedule: func(s *schedule, m memory, _ []unsafe.Pointer) { add(s, m) }}
}

// placed is a step and where its workspaces lie.
type placed struct {
	step
	spans []*arena.Span
}

// passes are steps bound to memory: functions, and schedules of all steps between two of them.
type passes struct {
	runs      []func(program.Scalars)
	schedules []*schedule
}

// assemble binds steps that follow each other.
func (e *executable) assemble(steps []placed) (*passes, error) {
	p := &passes{}
	var open *schedule
	closeSchedule := func() error {
		if open == nil {
			return nil
		}
		closed := open
		open = nil
		p.runs = append(p.runs, func(s program.Scalars) { closed.run(s, e.device.shuffle) })
		return closed.finish()
	}
	for _, step := range steps {
		var workspaces []unsafe.Pointer
		for _, s := range step.spans {
			workspaces = append(workspaces, unsafe.Add(e.arena.start, s.Offset))
		}
		if step.bind != nil {
			if err := closeSchedule(); err != nil {
				return p, err
			}
			p.runs = append(p.runs, step.bind(e.memory, workspaces))
		}
		if step.schedule == nil {
			continue
		}
		if open == nil {
			var err error
			if open, err = e.device.backend.newSchedule(unsafe.Add(e.arena.start, e.scratch.Offset), e.stride); err != nil {
				return p, err
			}
			p.schedules = append(p.schedules, open)
		}
		step.schedule(open, e.memory, workspaces)
	}
	return p, closeSchedule()
}

func (p *passes) run(scalars program.Scalars) {
	for _, run := range p.runs {
		run(scalars)
	}
}

func (p *passes) free(closed bool) {
	for _, s := range p.schedules {
		s.free(closed)
	}
	*p = passes{}
}

// stays is for how many operations more a workspace stays in use, and what a weight's gradient reads: where the next operations write over it, they
// would wait for the last task that needs it.
const stays = 2

// lifetimes adds the workspaces to the spans of temporaries and lengthens the lives of some.
func lifetimes(p *program.Program, temporaries []*arena.Span, steps []placed) []*arena.Span {
	last := len(p.Operations) - 1
	spans := temporaries
	byName := map[string]*arena.Span{}
	for _, s := range temporaries {
		byName[s.Name] = s
	}
	for i, operation := range p.Operations {
		if _, isGradient := operation.(program.WeightGradient); isGradient {
			for _, tensor := range operation.Reads() {
				if s := byName[tensor.Name]; s != nil && s.Last == i {
					s.Last = min(i+stays, last)
				}
			}
		}
		for k, bytes := range steps[i].workspaces {
			s := &arena.Span{Name: fmt.Sprintf("workspace %d of operation %d", k, i), Bytes: bytes, First: i, Last: min(i+stays, last)}
			steps[i].spans = append(steps[i].spans, s)
			spans = append(spans, s)
		}
	}
	return spans
}
