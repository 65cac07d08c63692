//go:build cgo

package cpu

// #include "graph.h"
// static void run_shuffled(struct graph *g, unsigned long long seed) { graph_run_shuffled(g, seed); }
import "C"

import (
	"errors"
	"unsafe"

	"tweedie/engine/program"
)

// schedule is operations in a row as one graph of tasks (graph.h), which threads run without waiting for each other between operations.
type schedule struct {
	backend *backend
	graph   *C.struct_graph
	prepare []func(program.Scalars) // sets what differs from run to run, before the tasks
	scratch unsafe.Pointer          // of the threads
	stride  int                     // bytes of each
}

var errMemory = errors.New("cpu: no memory for the graph of tasks; use a smaller network")

func (b *backend) newSchedule(scratch unsafe.Pointer, stride int) (*schedule, error) {
	s := &schedule{backend: b, graph: C.graph_new(b.pool), scratch: scratch, stride: stride}
	if s.graph == nil {
		return nil, errMemory
	}
	return s, nil
}

// keep returns memory of C's with a copy of the value, which lives as long as the schedule.
func keep[T any](s *schedule, value T) *T {
	kept := C.graph_keep(s.graph, unsafe.Pointer(&value), C.size_t(unsafe.Sizeof(value)))
	if kept == nil { // finish tells, and nothing runs
		return new(T)
	}
	return (*T)(kept)
}

// finish ends the adding of phases.
func (s *schedule) finish() error {
	if C.graph_finish(s.graph) == 0 {
		return errMemory
	}
	return nil
}

// run runs all tasks; with a seed other than 0 on this thread, in an order drawn from it.
func (s *schedule) run(scalars program.Scalars, seed uint64) {
	for _, prepare := range s.prepare {
		prepare(scalars)
	}
	if seed != 0 {
		C.run_shuffled(s.graph, C.ulonglong(seed+scalars.Step))
		return
	}
	C.graph_run(s.backend.pool, s.graph)
}

// free gives the memory back; the pool is nil if the device has been closed.
func (s *schedule) free(closed bool) {
	pool := s.backend.pool
	if closed {
		pool = nil
	}
	C.graph_free(pool, s.graph)
}
