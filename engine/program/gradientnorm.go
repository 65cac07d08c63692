package program

import (
	"errors"
	"fmt"
)

// GradientNorm is the Euclidean norm of all gradients together, in a fixed order of summation:
//
//	norm[0] = sqrt(sum over gradients g and elements i of g[i]^2)
//
// It is NaN or infinite if any element is, which is how Adam knows of a bad batch.
type GradientNorm struct {
	Gradients []Tensor
	Norm      Tensor // one element
}

// Reads lists the gradients.
func (op GradientNorm) Reads() []Tensor { return op.Gradients }

// Writes lists the norm.
func (op GradientNorm) Writes() []Tensor { return []Tensor{op.Norm} }

// Check reports an empty list and a norm that is not one element.
func (op GradientNorm) Check() error {
	if len(op.Gradients) == 0 {
		return errors.New("gradient norm: no gradients")
	}
	if err := single(append([]Tensor{op.Norm}, op.Gradients...)...); err != nil {
		return fmt.Errorf("gradient norm: %w", err)
	}
	if op.Norm.Elements() != 1 {
		return fmt.Errorf("gradient norm: %v is not one element", op.Norm)
	}
	return nil
}
