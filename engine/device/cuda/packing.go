//go:build gpu

package cuda

import (
	"fmt"

	"tweedie/engine/device/arena"
	"tweedie/engine/program"
	"tweedie/kernels"
)

// packing is one weight, rearranged for the convolutions that read it in one form.
type packing struct {
	form
	span *arena.Span // of the result
	done bool        // in the pass that enqueues a run
}

// form is what packed weights have in common that are one.
type form struct {
	weight      string
	convolution kernels.Convolution // but for the image, which does not matter
	algorithm   kernels.Algorithm
	at          int // the operation before which it is packed: behind the one that wrote the weight last
}

// packings are those of a program, in the order of their use.
type packings struct{ list []*packing }

// add returns the name of the packed weight of an operation, given by its index.
func (p *packings) add(operations []program.Operation, index int, weight program.Tensor, c kernels.Convolution, a kernels.Algorithm) string {
	at := 0
	for i, operation := range operations[:index] {
		for _, written := range operation.Writes() {
			if written.Name == weight.Name {
				at = i + 1
			}
		}
	}
	bytes := int(c.PackedBytes(a))
	c.Samples, c.Height, c.Width, c.Output = 1, 2, 2, kernels.Float32
	wanted := form{weight.Name, c, a, at}
	for _, known := range p.list {
		if known.form == wanted {
			known.span.Last = index
			return known.span.Name
		}
	}
	span := &arena.Span{Name: fmt.Sprintf("packed weight %d", len(p.list)), Bytes: bytes, First: at, Last: index}
	p.list = append(p.list, &packing{form: wanted, span: span})
	return span.Name
}

func (p *packings) spans() []*arena.Span {
	var spans []*arena.Span
	for _, packing := range p.list {
		spans = append(spans, packing.span)
	}
	return spans
}

// due lists what has to be packed before an operation and is not yet.
func (p *packings) due(operation int) []*packing {
	var due []*packing
	for _, packing := range p.list {
		if packing.at <= operation && !packing.done {
			packing.done = true
			due = append(due, packing)
		}
	}
	return due
}
