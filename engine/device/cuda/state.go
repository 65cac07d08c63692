//go:build gpu

package cuda

import (
	"errors"
	"fmt"
	"sync"

	"tweedie/engine/device"
	"tweedie/engine/device/arena"
	"tweedie/engine/program"
	"tweedie/kernels/driver"
)

// state keeps its tensors in two regions: the images, which nothing on the device writes and which copies share, and all others.
type state struct {
	device  *Device
	tensors []program.Tensor
	places  map[string]place
	changed *region
	images  *shared
	rings   map[string]ring
	made    *driver.Event // of a copy: when its contents are there
	still   bool          // a copy that nothing writes: no program was compiled over it
	using   sync.Mutex    // held by whatever must not happen while a copy is read; taken before the device's turn
	closed  bool
}

// place is a tensor and where it begins.
type place struct {
	tensor program.Tensor
	at     driver.Address
}

// shared is a region with the number of states that hold it, and the memory of a copy that was closed: the next copy takes it, so that a run
// neither allocates nor frees, which would wait for what is enqueued, and never lacks the memory for a checkpoint that it had for the first.
type shared struct {
	*region
	holders int
	spare   *region
}

// NewState allocates the tensors, filled with zeros.
func (d *Device) NewState(tensors []program.Tensor) (device.State, error) {
	s := &state{device: d, tensors: tensors, places: map[string]place{}, rings: map[string]ring{}}
	for _, t := range tensors {
		if _, twice := s.places[t.Name]; twice {
			return nil, fmt.Errorf("%w %q is declared twice", device.ErrTensor, t.Name)
		}
		s.places[t.Name] = place{tensor: t}
	}
	err := d.do(func() error {
		images, err := s.allocate(true, "the image set")
		if err != nil {
			return err
		}
		s.images = &shared{region: images, holders: 1}
		if s.changed, err = s.allocate(false, "the state of weights and moments"); err != nil {
			return errors.Join(err, images.free())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// allocate places the images, or all other tensors. What says for people what they are.
func (s *state) allocate(images bool, what string) (*region, error) {
	var spans []*arena.Span
	for _, t := range s.tensors {
		if (t.Role == program.Images) == images {
			spans = append(spans, &arena.Span{Name: t.Name, Bytes: t.Bytes()})
		}
	}
	r, err := s.device.allocate(what, spans)
	if err != nil {
		return nil, err
	}
	for _, span := range spans {
		s.places[span.Name] = place{s.places[span.Name].tensor, r.at(span)}
	}
	return r, nil
}

// find returns a tensor's place; the caller is inside do.
func (s *state) find(name string, host any) (place, error) {
	if s.closed {
		return place{}, errClosed
	}
	found, known := s.places[name]
	if !known {
		return found, device.UnknownTensor(name)
	}
	return found, device.CheckTransfer(found.tensor, host)
}

// Read of a copy waits for nothing that was enqueued after the copy was made, and keeps nobody else waiting.
func (s *state) Read(name string, dst any) error {
	s.using.Lock()
	defer s.using.Unlock()
	var p place
	receive := func(at int, piece []byte) { take(p.tensor, dst, at, piece) }
	err := s.device.do(func() error {
		var err error
		if p, err = s.find(name, dst); err != nil || s.still {
			return err
		}
		return s.device.download(p.at, p.tensor.Bytes(), receive)
	})
	if err != nil || !s.still {
		return err
	}
	return s.device.fetch(*s.made, p.at, p.tensor.Bytes(), receive)
}

// Write of an image tensor that a copy shares is an error: the copy's would change too.
func (s *state) Write(name string, src any) error {
	s.using.Lock()
	defer s.using.Unlock()
	return s.device.do(func() error {
		p, err := s.find(name, src)
		if err != nil {
			return err
		}
		if p.tensor.Role == program.Images && s.images.holders > 1 {
			return fmt.Errorf("%w %q is shared with a copy of the state; close that first", device.ErrTensor, name)
		}
		err = s.device.upload(p.at, p.tensor.Bytes(), func(at int, piece []byte) { put(p.tensor, src, at, piece) })
		if ring, found := s.rings[name]; found && err == nil {
			put(p.tensor, src, 0, ring.memory)
		}
		return err
	})
}

// Copy copies every tensor but the images, which both hold from then on.
func (s *state) Copy() (device.State, error) {
	duplicate := &state{
		device: s.device, tensors: s.tensors, places: map[string]place{}, images: s.images, rings: map[string]ring{}, still: true,
	}
	err := s.device.do(func() error {
		if s.closed {
			return errClosed
		}
		if err := duplicate.takeMemory(s); err != nil {
			return err
		}
		event, err := driver.NewEvent(false)
		if err != nil {
			return errors.Join(err, duplicate.changed.free())
		}
		duplicate.made = &event
		err = s.device.stream.Copy(duplicate.changed.start, s.changed.start, s.changed.bytes)
		if err = errors.Join(err, s.device.stream.Record(event)); err != nil {
			return errors.Join(err, event.Close(), duplicate.changed.free())
		}
		s.images.holders++
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return duplicate, nil
}

// takeMemory finds room for a copy of other, laid out alike.
func (s *state) takeMemory(other *state) error {
	var err error
	if s.changed, s.images.spare = s.images.spare, nil; s.changed == nil {
		if s.changed, err = s.allocate(false, "a copy of weights and moments"); err != nil {
			return err
		}
	}
	for name, p := range other.places {
		if p.tensor.Role != program.Images {
			p.at = s.changed.start + (p.at - other.changed.start)
		}
		s.places[name] = p
	}
	return nil
}

// CheckGuards reports a tensor with damaged guard bands, if the device was opened with them.
func (s *state) CheckGuards() error {
	return s.device.do(func() error { return errors.Join(s.device.check(s.changed), s.device.check(s.images.region)) })
}

func (s *state) Close() error {
	s.using.Lock()
	defer s.using.Unlock()
	err := s.device.do(func() error {
		if s.closed {
			return nil
		}
		s.closed = true
		err := s.freeRings()
		if s.made != nil {
			err = errors.Join(err, s.made.Close())
		}
		s.images.holders--
		if s.made != nil && s.images.holders > 0 && s.images.spare == nil {
			s.images.spare = s.changed
			return err
		}
		err = errors.Join(err, s.changed.free())
		if s.images.holders == 0 {
			err = errors.Join(err, s.images.spare.free(), s.images.free())
		}
		return err
	})
	if errors.Is(err, errClosed) { // the device's memory is gone with it
		return nil
	}
	return err
}
