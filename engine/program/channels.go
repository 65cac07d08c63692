package program

import (
	"fmt"
	"slices"
)

// Channels keeps the first channels of its input, as many as Output has: the adjoint of PadChannels.
//
//	output[n, y, x, c] = input[n, y, x, c]
type Channels struct {
	Input, Output Tensor
}

// Reads lists the input.
func (op Channels) Reads() []Tensor { return []Tensor{op.Input} }

// Writes lists the output.
func (op Channels) Writes() []Tensor { return []Tensor{op.Output} }

// Check reports shapes that do not fit.
func (op Channels) Check() error { return checkChannels("channels", op.Input, op.Output) }

func (op Channels) gradient(r *reverse) error {
	gradient, found := r.total(op.Output, Tensor{})
	if found && r.needed(op.Input) {
		output := r.temporary(op.Input, "channels")
		r.append(PadChannels{Input: gradient, Output: output})
		r.pass(op.Input, output)
	}
	return nil
}

func (op Channels) tangent(f *forward) error {
	if input, moves := f.of(op.Input); moves {
		f.append(op.Output, func(output Tensor) Operation { return Channels{Input: input, Output: output} })
	}
	return nil
}

// PadChannels appends channels of zeros until there are as many as Output has: the adjoint of Channels.
//
//	output[n, y, x, c] = c < C ? input[n, y, x, c] : 0
type PadChannels struct {
	Input, Output Tensor
}

// Reads lists the input.
func (op PadChannels) Reads() []Tensor { return []Tensor{op.Input} }

// Writes lists the output.
func (op PadChannels) Writes() []Tensor { return []Tensor{op.Output} }

// Check reports shapes that do not fit.
func (op PadChannels) Check() error { return checkChannels("pad channels", op.Output, op.Input) }

func (op PadChannels) gradient(r *reverse) error {
	gradient, found := r.total(op.Output, Tensor{})
	if found && r.needed(op.Input) {
		output := r.temporary(op.Input, "pad")
		r.append(Channels{Input: gradient, Output: output})
		r.pass(op.Input, output)
	}
	return nil
}

func (op PadChannels) tangent(f *forward) error {
	if input, moves := f.of(op.Input); moves {
		f.append(op.Output, func(output Tensor) Operation { return PadChannels{Input: input, Output: output} })
	}
	return nil
}

// checkChannels checks that few has the shape of many with at most as many channels.
func checkChannels(name string, many, few Tensor) error {
	for _, tensor := range []Tensor{many, few} {
		if err := activation(tensor); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := sameType(many, few); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !slices.Equal(many.Shape[:3], few.Shape[:3]) || few.Shape[3] > many.Shape[3] {
		return fmt.Errorf("%s: %v and %v do not fit", name, many, few)
	}
	return nil
}
