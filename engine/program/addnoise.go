package program

import (
	"fmt"
	"slices"

	"tweedie/engine/random"
)

// AddNoise adds Gaussian noise whose level is drawn for each sample, and says which it was:
//
//	levels[n]   = From + (To - From) * Uniform(word0 of stream Levels at (step, sample n, block 0))
//	noisy[n, e] = clean[n, e] + levels[n] * normal(Stream, step, sample n, element e)
//
// Element e of a sample takes value e mod 4 of Normals of block e/4 (package random). If Levels has the role Input it is not drawn but
// read: the caller chose the levels. From and To are standard deviations in units of the signal's range.
type AddNoise struct {
	Clean, Noisy Tensor
	Levels       Tensor // (samples)
	From, To     float32
	Seed         uint64
	Stream       random.Stream
}

// Draws reports whether the levels are drawn here.
func (op AddNoise) Draws() bool { return op.Levels.Role != Input }

// Reads lists the clean images, and the levels if they are given.
func (op AddNoise) Reads() []Tensor {
	if op.Draws() {
		return []Tensor{op.Clean}
	}
	return []Tensor{op.Clean, op.Levels}
}

// Writes lists the noisy images, and the levels if they are drawn.
func (op AddNoise) Writes() []Tensor {
	if op.Draws() {
		return []Tensor{op.Noisy, op.Levels}
	}
	return []Tensor{op.Noisy}
}

// Check reports shapes that do not fit and a range that is empty or negative.
func (op AddNoise) Check() error {
	if !(op.From >= 0 && op.From <= op.To && op.To <= 1e3) {
		return fmt.Errorf("add noise: the levels [%v, %v] are not a range of standard deviations", op.From, op.To)
	}
	if err := activation(op.Clean); err != nil {
		return fmt.Errorf("add noise: %w", err)
	}
	if err := sameShape(op.Clean, op.Noisy); err != nil {
		return fmt.Errorf("add noise: %w", err)
	}
	if err := single(op.Clean, op.Noisy, op.Levels); err != nil {
		return fmt.Errorf("add noise: %w", err)
	}
	if !slices.Equal(op.Levels.Shape, op.Clean.Shape[:1]) {
		return fmt.Errorf("add noise: %v is not one level for each sample of %v", op.Levels, op.Clean)
	}
	return nil
}

func (op AddNoise) gradient(r *reverse) error {
	if gradient, found := r.total(op.Noisy, Tensor{}); found {
		r.pass(op.Clean, gradient)
	}
	return nil
}

func (op AddNoise) tangent(f *forward) error {
	f.sum(op.Noisy, nil, []Tensor{op.Clean}, Tensor{})
	return nil
}
