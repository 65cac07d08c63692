// Package arena plans where the temporaries and workspaces of a program lie in one piece of memory, from the time that each is in use. It
// knows neither the memory nor the device.
package arena

import (
	"cmp"
	"slices"

	"tweedie/engine/program"
)

// Span is a piece of an arena: a temporary, or a workspace of one operation.
type Span struct {
	Name        string
	Bytes       int
	First, Last int // the operations between which it is in use, both included
	Offset      int // in bytes, set by Place
}

// Temporaries lists the program's temporaries, each of so many bytes, with their lifetimes: from the operation that writes one to the last that
// reads it.
func Temporaries(p *program.Program, bytes func(program.Tensor) int) []*Span {
	var spans []*Span
	byName := map[string]*Span{}
	for i, operation := range p.Operations {
		for _, tensor := range operation.Writes() {
			if tensor.Role == program.Temporary {
				s := &Span{Name: tensor.Name, Bytes: bytes(tensor), First: i, Last: i}
				spans = append(spans, s)
				byName[tensor.Name] = s
			}
		}
		for _, tensor := range operation.Reads() {
			if tensor.Role == program.Temporary {
				byName[tensor.Name].Last = i
			}
		}
	}
	return spans
}

// Layout is how spans lie beside each other.
type Layout struct {
	Alignment int // of each offset, in bytes
	// Band is the length in bytes of a guard band before and after each span. An arena with bands reuses nothing, since a band around one
	// span would lie inside another.
	Band int
}

// Aligned rounds a number of bytes up to the alignment.
func (l Layout) Aligned(bytes int) int { return (bytes + l.Alignment - 1) / l.Alignment * l.Alignment }

// Place gives each span an offset such that spans in use at the same time do not overlap, and returns the bytes of all: the largest
// first, each at the lowest offset that is free during its life (greedy by size, Pisarchyk & Lee 2020).
func Place(spans []*Span, layout Layout) int {
	if layout.Band > 0 {
		end := layout.Aligned(layout.Band)
		for _, s := range spans {
			s.Offset = end
			end += layout.Aligned(s.Bytes+layout.Band) + layout.Aligned(layout.Band)
		}
		return end
	}
	order := slices.Clone(spans)
	slices.SortStableFunc(order, func(a, b *Span) int { return cmp.Compare(b.Bytes, a.Bytes) })
	var placed []*Span // by offset
	total := 0
	for _, s := range order {
		s.Offset = 0
		for _, other := range placed {
			if other.Last < s.First || s.Last < other.First {
				continue
			}
			if s.Offset+layout.Aligned(s.Bytes) <= other.Offset {
				break
			}
			s.Offset = max(s.Offset, other.Offset+layout.Aligned(other.Bytes))
		}
		at, _ := slices.BinarySearchFunc(placed, s.Offset, func(p *Span, offset int) int { return cmp.Compare(p.Offset, offset) })
		placed = slices.Insert(placed, at, s)
		total = max(total, s.Offset+layout.Aligned(s.Bytes))
	}
	return total
}
