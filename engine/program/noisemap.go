package program

import (
	"fmt"
	"slices"
)

// NoiseMap appends a channel that holds each sample's noise level, so that one network serves a range of levels (Zhang, Zuo & Zhang 2018):
//
//	output[n, y, x, c] = c < C ? input[n, y, x, c] : level[n]
type NoiseMap struct {
	Input  Tensor // (samples, height, width, C)
	Level  Tensor // (samples), in units of the signal's range
	Output Tensor // (samples, height, width, C+1)
}

// Reads lists the input and the levels.
func (op NoiseMap) Reads() []Tensor { return []Tensor{op.Input, op.Level} }

// Writes lists the output.
func (op NoiseMap) Writes() []Tensor { return []Tensor{op.Output} }

// Check reports shapes that do not fit.
func (op NoiseMap) Check() error {
	if err := activation(op.Input); err != nil {
		return fmt.Errorf("noise map: %w", err)
	}
	if err := sameType(op.Input, op.Output); err != nil {
		return fmt.Errorf("noise map: %w", err)
	}
	if err := single(op.Level); err != nil {
		return fmt.Errorf("noise map: %w", err)
	}
	want := slices.Clone(op.Input.Shape)
	want[3]++
	if !slices.Equal(op.Output.Shape, want) || !slices.Equal(op.Level.Shape, want[:1]) {
		return fmt.Errorf("noise map: %v, %v and %v do not fit", op.Input, op.Level, op.Output)
	}
	return nil
}

// The level is an input of the experiment, not of the optimiser: it has no gradient.
func (op NoiseMap) gradient(r *reverse) error {
	gradient, found := r.total(op.Output, Tensor{})
	if found && r.needed(op.Input) {
		output := r.temporary(op.Input, "map")
		r.append(Channels{Input: gradient, Output: output})
		r.pass(op.Input, output)
	}
	return nil
}

func (op NoiseMap) tangent(f *forward) error {
	if _, moves := f.of(op.Level); moves {
		return fmt.Errorf("noise map: %v has no tangent", op.Level)
	}
	if input, moves := f.of(op.Input); moves {
		f.append(op.Output, func(output Tensor) Operation { return PadChannels{Input: input, Output: output} })
	}
	return nil
}
