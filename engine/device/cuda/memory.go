//go:build gpu

package cuda

import (
	"encoding/binary"
	"errors"
	"fmt"

	"tweedie/engine/device"
	"tweedie/engine/device/arena"
	"tweedie/kernels/driver"
)

// alignment of tensors in bytes: what cuMemAlloc gives, and more than a kernel's widest load and a sector of the cache need.
const alignment = 256

// guardBytes is the length of a guard band, and guardWord what fills it: a NaN as a float32, so that what is read from a band shows as well as
// what is written there.
const (
	guardBytes = 256
	guardWord  = 0x7fa5a5a5
)

// region is one piece of device memory, cut into spans that may have guard bands around them.
type region struct {
	start driver.Address
	bytes int64
	bands []band
}

// band is the place of a guard band beside a span.
type band struct {
	at   driver.Address
	side string // "before weight", "after weight"
}

func (d *Device) layout() arena.Layout {
	if d.guards {
		return arena.Layout{Alignment: alignment, Band: guardBytes}
	}
	return arena.Layout{Alignment: alignment}
}

// allocate places the spans in a new region of zeros, and fills their guard bands. It is called inside do, as all here. What is for people: what
// the memory is needed for.
func (d *Device) allocate(what string, spans []*arena.Span) (*region, error) {
	r := &region{bytes: int64(max(arena.Place(spans, d.layout()), alignment))}
	var err error
	if r.start, err = driver.Allocate(r.bytes); err != nil {
		return nil, d.explain(what, r.bytes, err)
	}
	if err := d.stream.Fill(r.start, 0, r.bytes/4); err != nil {
		return nil, errors.Join(err, r.free())
	}
	for _, s := range spans {
		if !d.guards {
			break
		}
		after := (s.Bytes + 3) / 4 * 4
		for _, b := range []band{{r.at(s) - guardBytes, "before " + s.Name}, {r.at(s) + driver.Address(after), "after " + s.Name}} {
			r.bands = append(r.bands, b)
			if err := d.stream.Fill(b.at, guardWord, guardBytes/4); err != nil {
				return nil, errors.Join(err, r.free())
			}
		}
	}
	return r, nil
}

// explain says what was needed and what was free, if that is what was wrong.
func (d *Device) explain(what string, bytes int64, err error) error {
	cause := (*driver.Error)(nil)
	if !errors.As(err, &cause) || !cause.OutOfMemory() {
		return err
	}
	free, total, err := d.driver.Memory()
	if err != nil {
		return err
	}
	return &device.MemoryError{What: what, Needed: bytes, Free: free, Total: total}
}

func (r *region) at(s *arena.Span) driver.Address { return r.start + driver.Address(s.Offset) }

func (r *region) free() error {
	if r == nil {
		return nil
	}
	start := r.start
	r.start = 0
	return driver.Free(start)
}

// check reports a guard band that was written to.
func (d *Device) check(r *region) error {
	for _, b := range r.bands {
		words := make([]byte, guardBytes)
		if err := d.download(b.at, len(words), func(at int, piece []byte) { copy(words[at:], piece) }); err != nil {
			return err
		}
		for i := 0; i < len(words); i += 4 {
			if binary.LittleEndian.Uint32(words[i:]) != guardWord {
				return fmt.Errorf("cuda: memory %s was overwritten", b.side)
			}
		}
	}
	return nil
}

// upload copies bytes to the device in pieces, which fill writes: the bytes from offset at on. What was enqueued before runs first.
func (d *Device) upload(to driver.Address, bytes int, fill func(at int, piece []byte)) error {
	for at := 0; at < bytes; at += stagingBytes {
		piece := d.staging[:min(stagingBytes, bytes-at)]
		fill(at, piece)
		if err := d.stream.Upload(to+driver.Address(at), piece); err != nil {
			return err
		}
		if err := d.stream.Synchronize(); err != nil {
			return err
		}
	}
	return nil
}

// download copies bytes from the device in pieces, which take receives.
func (d *Device) download(from driver.Address, bytes int, take func(at int, piece []byte)) error {
	for at := 0; at < bytes; at += stagingBytes {
		piece := d.staging[:min(stagingBytes, bytes-at)]
		if err := d.stream.Download(piece, from+driver.Address(at)); err != nil {
			return err
		}
		if err := d.stream.Synchronize(); err != nil {
			return err
		}
		take(at, piece)
	}
	return nil
}
