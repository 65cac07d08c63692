package cpu

import (
	"cmp"
	"slices"

	"tweedie/engine/program"
)

// span is a piece of an executable's arena: a temporary, or a workspace of one operation.
type span struct {
	name        string
	bytes       int
	first, last int // the operations between which it is in use, both included
	offset      int
}

// temporaries lists the program's temporaries with their lifetimes, from the operation that writes one to the last that reads it.
func temporaries(p *program.Program) []*span {
	var spans []*span
	byName := map[string]*span{}
	for i, operation := range p.Operations {
		for _, tensor := range operation.Writes() {
			if tensor.Role == program.Temporary {
				s := &span{name: tensor.Name, bytes: tensor.Bytes(), first: i, last: i}
				spans = append(spans, s)
				byName[tensor.Name] = s
			}
		}
		for _, tensor := range operation.Reads() {
			if tensor.Role == program.Temporary {
				byName[tensor.Name].last = i
			}
		}
	}
	return spans
}

// place gives each span an offset such that spans in use at the same time do not overlap, and returns the bytes of all: the largest
// first, each at the lowest offset that is free during its life (greedy by size, Pisarchyk & Lee 2020). A guarded arena reuses nothing, since a
// band around one span would lie inside another.
func place(spans []*span, guards bool) int {
	if guards {
		end := 4 * guardWords
		for _, s := range spans {
			s.offset = end
			end += aligned(s.bytes+4*guardWords) + 4*guardWords
		}
		return end
	}
	order := slices.Clone(spans)
	slices.SortStableFunc(order, func(a, b *span) int { return cmp.Compare(b.bytes, a.bytes) })
	var placed []*span // by offset
	total := 0
	for _, s := range order {
		s.offset = 0
		for _, other := range placed {
			if other.last < s.first || s.last < other.first {
				continue
			}
			if s.offset+aligned(s.bytes) <= other.offset {
				break
			}
			s.offset = max(s.offset, other.offset+aligned(other.bytes))
		}
		at, _ := slices.BinarySearchFunc(placed, s.offset, func(p *span, offset int) int { return cmp.Compare(p.offset, offset) })
		placed = slices.Insert(placed, at, s)
		total = max(total, s.offset+aligned(s.bytes))
	}
	return total
}
