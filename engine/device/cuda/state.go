//go:build gpu

package cuda

import (
	"errors"
	"fmt"

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
	closed  bool
}

// place is a tensor and where it begins.
type place struct {
	tensor program.Tensor
	at     driver.Address
}

// shared is a region with the number of states that hold it.
type shared struct {
	*region
	holders int
}

// NewState allocates the tensors, filled with zeros.
func (d *Device) NewState(tensors []program.Tensor) (device.State, error) {
	s := &state{device: d, tensors: tensors, places: map[string]place{}}
	for _, t := range tensors {
		if _, twice := s.places[t.Name]; twice {
			return nil, fmt.Errorf("%w %q is declared twice", device.ErrTensor, t.Name)
		}
		s.places[t.Name] = place{tensor: t}
	}
	err := d.do(func() error {
		images, err := s.allocate(true)
		if err != nil {
			return err
		}
		s.images = &shared{images, 1}
		if s.changed, err = s.allocate(false); err != nil {
			return errors.Join(err, images.free())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// allocate places the images, or all other tensors.
func (s *state) allocate(images bool) (*region, error) {
	var spans []*arena.Span
	for _, t := range s.tensors {
		if (t.Role == program.Images) == images {
			spans = append(spans, &arena.Span{Name: t.Name, Bytes: t.Bytes()})
		}
	}
	what := "the state of weights and moments"
	if images {
		what = "the image set"
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

func (s *state) Read(name string, dst any) error {
	return s.device.do(func() error {
		p, err := s.find(name, dst)
		if err != nil {
			return err
		}
		return s.device.download(p.at, p.tensor.Bytes(), func(at int, piece []byte) { take(p.tensor, dst, at, piece) })
	})
}

// Write of an image tensor that a copy shares is an error: the copy's would change too.
func (s *state) Write(name string, src any) error {
	return s.device.do(func() error {
		p, err := s.find(name, src)
		if err != nil {
			return err
		}
		if p.tensor.Role == program.Images && s.images.holders > 1 {
			return fmt.Errorf("%w %q is shared with a copy of the state; close that first", device.ErrTensor, name)
		}
		return s.device.upload(p.at, p.tensor.Bytes(), func(at int, piece []byte) { put(p.tensor, src, at, piece) })
	})
}

// Copy copies every tensor but the images, which both hold from then on.
func (s *state) Copy() (device.State, error) {
	duplicate := &state{device: s.device, tensors: s.tensors, places: map[string]place{}, images: s.images}
	err := s.device.do(func() error {
		if s.closed {
			return errClosed
		}
		for name, p := range s.places {
			duplicate.places[name] = p
		}
		var err error
		if duplicate.changed, err = duplicate.allocate(false); err != nil {
			return err
		}
		if err := s.device.stream.Copy(duplicate.changed.start, s.changed.start, s.changed.bytes); err != nil {
			return errors.Join(err, duplicate.changed.free())
		}
		s.images.holders++
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return duplicate, nil
}

// CheckGuards reports a tensor with damaged guard bands, if the device was opened with them.
func (s *state) CheckGuards() error {
	return s.device.do(func() error { return errors.Join(s.device.check(s.changed), s.device.check(s.images.region)) })
}

func (s *state) Close() error {
	err := s.device.do(func() error {
		if s.closed {
			return nil
		}
		s.closed = true
		err := s.changed.free()
		if s.images.holders--; s.images.holders == 0 {
			err = errors.Join(err, s.images.free())
		}
		return err
	})
	if errors.Is(err, errClosed) { // the device's memory is gone with it
		return nil
	}
	return err
}
