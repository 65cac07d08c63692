//go:build gpu

package cuda

import (
	"encoding/binary"
	"errors"
	"math"

	"tweedie/engine/program"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

// scalarsName is the arena's span that holds what changes from run to run.
const scalarsName = "scalars of a run"

// slots is how many runs may be enqueued before the host waits for the first of them.
const slots = 64

// scalars is a block of device memory that every run begins by uploading: kernels.Scalars, then the numbers that Adam and Average need of a step.
// Each run has a slot of page-locked memory of its own, which is not written again before the run has ended.
type scalars struct {
	values []func(program.Scalars) float32 // after kernels.Scalars
	at     driver.Address
	memory []byte
	ends   []driver.Event
	next   int // counts uploads
	ended  int // counts those whose run is known to have ended
}

func newScalars() *scalars { return &scalars{} }

// add reserves a number of the block and returns its distance from the block's start in bytes.
func (s *scalars) add(value func(program.Scalars) float32) driver.Address {
	s.values = append(s.values, value)
	return driver.Address(kernels.ScalarsBytes + 4*(len(s.values)-1))
}

func (s *scalars) bytes() int { return kernels.ScalarsBytes + 4*len(s.values) }

// open reserves the slots, for uploads to an address.
func (s *scalars) open(at driver.Address) error {
	s.at = at
	var err error
	if s.memory, err = driver.Pinned(slots * s.bytes()); err != nil {
		return err
	}
	for range slots {
		event, err := driver.NewEvent(false)
		if err != nil {
			return errors.Join(err, s.close())
		}
		s.ends = append(s.ends, event)
	}
	return nil
}

// upload enqueues the copy of a run's numbers. What the run does comes next, and then end.
func (s *scalars) upload(stream driver.Stream, run program.Scalars) error {
	slot := s.next % slots
	if s.next >= slots {
		if err := s.ends[slot].Synchronize(); err != nil {
			return err
		}
	}
	memory := s.memory[slot*s.bytes():][:s.bytes()]
	kernels.Scalars{Step: uint32(run.Step), LearningRate: run.LearningRate}.Put(memory)
	for i, value := range s.values {
		binary.LittleEndian.PutUint32(memory[kernels.ScalarsBytes+4*i:], math.Float32bits(value(run)))
	}
	return stream.Upload(s.at, memory)
}

// end marks the end of the run whose numbers were uploaded last.
func (s *scalars) end(stream driver.Stream) error {
	err := stream.Record(s.ends[s.next%slots])
	s.next++
	return err
}

// pending is the number of runs that have not ended.
func (s *scalars) pending() (int, error) {
	for s.ended = max(s.ended, s.next-slots); s.ended < s.next; s.ended++ {
		if done, err := s.ends[s.ended%slots].Done(); err != nil || !done {
			return s.next - s.ended, err
		}
	}
	return 0, nil
}

func (s *scalars) close() error {
	err := driver.FreePinned(s.memory)
	for _, event := range s.ends {
		err = errors.Join(err, event.Close())
	}
	s.memory, s.ends = nil, nil
	return err
}
