package cpu

import (
	"fmt"
	"unsafe"

	"tweedie/engine/device/arena"
)

// guardWords is the length of a guard band: 256 bytes, four cache lines.
const guardWords = 64

// guardWord is a NaN as a float32, so that what is read from a guard band shows as well as what is written there.
const guardWord = 0x7fa5a5a5

// alignment of tensors in bytes: a cache line, and an AVX-512 vector.
const alignment = 64

func aligned(bytes int) int { return arena.Layout{Alignment: alignment}.Aligned(bytes) }

// layout is that of this device's arenas.
func (d *Device) layout() arena.Layout {
	if d.guards {
		return arena.Layout{Alignment: alignment, Band: 4 * guardWords}
	}
	return arena.Layout{Alignment: alignment}
}

// region is one allocation, cut into pieces that are aligned and may have guard bands around them.
type region struct {
	start  unsafe.Pointer
	bytes  int
	guards map[string][][]uint32 // of each piece, before and after
}

// newRegion allocates bytes of zeros.
func newRegion(bytes int) (*region, error) {
	bytes = aligned(max(bytes, 1))
	start := allocate(bytes)
	if start == nil {
		return nil, fmt.Errorf("cpu: no memory for %d bytes; use a smaller batch, patch or network", bytes)
	}
	r := &region{start: start, bytes: bytes, guards: map[string][][]uint32{}}
	clear(unsafe.Slice((*byte)(start), bytes))
	return r, nil
}

// guard fills the bands directly before and after the piece of that many bytes at offset.
func (r *region) guard(name string, offset, bytes int) {
	bytes = (bytes + 3) / 4 * 4
	for _, at := range []int{offset - 4*guardWords, offset + bytes} {
		band := unsafe.Slice((*uint32)(unsafe.Add(r.start, at)), guardWords)
		for i := range band {
			band[i] = guardWord
		}
		r.guards[name] = append(r.guards[name], band)
	}
}

// check reports a band that was written to.
func (r *region) check() error {
	for name, bands := range r.guards {
		for side, band := range bands {
			for _, word := range band {
				if word != guardWord {
					return fmt.Errorf("cpu: memory %s %s was overwritten", []string{"before", "after"}[side], name)
				}
			}
		}
	}
	return nil
}

func (r *region) free() {
	if r != nil && r.start != nil {
		release(r.start)
		r.start = nil
	}
}
