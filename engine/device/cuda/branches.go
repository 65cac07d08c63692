//go:build gpu

package cuda

import (
	"errors"
	"fmt"
	"slices"

	"tweedie/engine/device/arena"
	"tweedie/engine/program"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

// Nothing needs a weight's gradient before the gradient's norm, while each layer's data gradient waits for that of the layer behind it. So weight
// gradients are captured on a second stream, a branch of the graph: while the last blocks of one kernel leave multiprocessors empty, the first ones of
// the other run there. What a stream must wait for on the other one follows from the memory that each launch reads and writes, so that tensors of which
// one takes the other's place are kept apart, too. The bits are those of one stream.

// step is a launch, or a few on one stream.
type step struct {
	operation int // the first that it computes
	side      bool
	uses      []use
	launch    func() error
}

// use is memory that a step reads or writes.
type use struct {
	at    driver.Address
	bytes int64
	write bool
}

func (u use) conflicts(v use) bool {
	return (u.write || v.write) && u.at < v.at+driver.Address(v.bytes) && v.at < u.at+driver.Address(u.bytes)
}

func (s step) conflicts(other step) bool {
	return slices.ContainsFunc(s.uses, func(u use) bool { return slices.ContainsFunc(other.uses, u.conflicts) })
}

// branches says whether an operation goes to the second stream: if the next one needs nothing of it.
func (e *executable) branches(index int) bool {
	operations := e.program.Operations
	if e.device.oneStream || index+1 == len(operations) {
		return false
	}
	written := map[string]bool{}
	for _, t := range operations[index].Writes() {
		written[t.Name] = true
	}
	return !meets(written, operations[index+1])
}

// names are those of the memory that a unit reads and writes, its workspaces included.
func (u unit) names(operations []program.Operation) (reads, writes []string) {
	reads = append(reads, u.reads...)
	for _, operation := range operations[u.first : u.last+1] {
		for _, t := range operation.Reads() {
			reads = append(reads, t.Name)
		}
		for _, t := range operation.Writes() {
			writes = append(writes, t.Name)
		}
	}
	for _, s := range u.spans {
		writes = append(writes, s.Name)
	}
	return reads, writes
}

// prolong keeps what a unit on the second stream uses from being overwritten before the next such unit, for as long as which the first stream is to run
// beside it.
func prolong(units []unit, operations []program.Operation, spans []*arena.Span) {
	until := map[string]int{}
	last := len(operations) - 1
	for _, u := range slices.Backward(units) {
		if !u.side {
			continue
		}
		reads, writes := u.names(operations)
		for _, name := range slices.Concat(reads, writes) {
			until[name] = max(until[name], last)
		}
		last = u.first - 1
	}
	for _, s := range spans {
		if operation, used := until[s.Name]; used {
			s.Last = max(s.Last, operation)
		}
	}
}

// steps are the launches of one run in the order of the program, with the packing of weights before what reads them.
func (e *executable) steps(units []unit, spans []*arena.Span, m memory) []step {
	bytes := map[string]int64{}
	for name, p := range e.state.places {
		bytes[name] = int64(p.tensor.Bytes())
	}
	for _, s := range spans {
		bytes[s.Name] = int64(s.Bytes)
	}
	uses := func(reads, writes []string) []use {
		var list []use
		for _, name := range reads {
			list = append(list, use{m[name], bytes[name], false})
		}
		for _, name := range writes {
			list = append(list, use{m[name], bytes[name], true})
		}
		return list
	}
	var steps []step
	for _, u := range units {
		if due := e.weights.due(u.first); len(due) > 0 {
			var weights, packed []string
			var packings []kernels.Packing
			for _, p := range due {
				weights, packed = append(weights, p.weight), append(packed, p.span.Name)
				packings = append(packings, kernels.Packing{
					Convolution: p.convolution, Algorithm: p.algorithm, Weight: m[p.weight], Packed: m[p.span.Name],
				})
			}
			steps = append(steps, step{u.first, false, uses(weights, packed), func() error {
				return e.device.kernels.PackWeights(e.device.stream, packings)
			}})
		}
		steps = append(steps, step{u.first, u.side, uses(u.names(e.program.Operations)), func() error { return u.launch(m) }})
	}
	return steps
}

// awaited lists, for each step, the last one of the other stream that must have ended before it begins, -1 if there is none that was not waited for
// before.
func awaited(steps []step) []int {
	list := make([]int, len(steps))
	var seen [2]int // by stream: how many steps, of both, are waited for as far as they are on the other
	for i, s := range steps {
		list[i] = -1
		stream := 0
		if s.side {
			stream = 1
		}
		for j := i - 1; j >= seen[stream]; j-- {
			if steps[j].side != s.side && s.conflicts(steps[j]) {
				list[i], seen[stream] = j, j+1
				break
			}
		}
	}
	return list
}

// enqueue puts the work of one run on both streams, beginning and ending on the first.
func (e *executable) enqueue(steps []step) (err error) {
	var events []driver.Event
	defer func() {
		for _, event := range events {
			err = errors.Join(err, event.Close())
		}
	}()
	point := func(s driver.Stream) (driver.Event, error) { // where a stream is now, for the other to wait for
		event, err := driver.NewEvent(false)
		if err != nil {
			return event, err
		}
		events = append(events, event)
		return event, s.Record(event)
	}
	after := func(s, other driver.Stream) error {
		event, err := point(other)
		return errors.Join(err, s.Wait(event))
	}
	waits, ends, forked := awaited(steps), map[int]driver.Event{}, false
	for i, s := range steps {
		stream := e.device.stream
		if s.side {
			stream = e.device.side
		}
		if s.side && !forked {
			if err := after(stream, e.device.stream); err != nil {
				return err
			}
			forked = true
		}
		if event, known := ends[waits[i]]; known {
			if err := stream.Wait(event); err != nil {
				return err
			}
		}
		if err := s.launch(); err != nil {
			return fmt.Errorf("operation %d: %w", s.operation, err)
		}
		if slices.Contains(waits, i) {
			if ends[i], err = point(stream); err != nil {
				return err
			}
		}
	}
	if forked {
		return after(e.device.stream, e.device.side)
	}
	return nil
}
