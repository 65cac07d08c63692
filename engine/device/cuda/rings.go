//go:build gpu

package cuda

import (
	"errors"

	"tweedie/engine/program"
	"tweedie/kernels/driver"
)

// ring is a copy, in page-locked memory of the host, of a tensor that programs Record in: the kernel that writes a row writes it there too, so
// that the host reads the losses of the steps that have ended without waiting for those that were enqueued since.
type ring struct {
	memory []byte
	at     driver.Address
}

// prepare readies the state for a program that will write to it. The caller is inside do and holds the state.
func (s *state) prepare(p *program.Program) error {
	s.still = false
	for _, operation := range p.Operations {
		if record, ok := operation.(program.Record); ok && record.Ring.Role != program.Temporary {
			if err := s.follow(record.Ring); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow gives a tensor its copy, with the rows that are in it.
func (s *state) follow(t program.Tensor) error {
	if _, known := s.rings[t.Name]; known {
		return nil
	}
	memory, err := driver.Pinned(t.Bytes())
	if err != nil {
		return err
	}
	at, err := driver.OfPinned(memory)
	if err == nil {
		err = s.device.download(s.places[t.Name].at, len(memory), func(at int, piece []byte) { copy(memory[at:], piece) })
	}
	if err != nil {
		return errors.Join(err, driver.FreePinned(memory))
	}
	s.rings[t.Name] = ring{memory, at}
	return nil
}

// freeRings gives the copies back, after what was enqueued.
func (s *state) freeRings() error {
	var errs []error
	for _, r := range s.rings {
		errs = append(errs, driver.FreePinned(r.memory))
	}
	clear(s.rings)
	return errors.Join(errs...)
}
