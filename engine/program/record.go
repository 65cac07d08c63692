package program

import (
	"fmt"
	"slices"
)

// Record keeps the mean loss and the gradient's norm of a step in a ring, so that the host reads them when it likes:
//
//	ring[step mod K] = (1/N * sum over n of losses[n], norm[0])
type Record struct {
	Losses Tensor // (samples)
	Norm   Tensor // one element
	Ring   Tensor // (K, 2)
}

// Reads lists the losses, the norm and the ring, whose other rows stay.
func (op Record) Reads() []Tensor { return []Tensor{op.Losses, op.Norm, op.Ring} }

// Writes lists the ring.
func (op Record) Writes() []Tensor { return []Tensor{op.Ring} }

// Check reports shapes that do not fit.
func (op Record) Check() error {
	if err := single(op.Losses, op.Norm, op.Ring); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if len(op.Losses.Shape) != 1 || op.Norm.Elements() != 1 || len(op.Ring.Shape) != 2 || slices.Min(op.Ring.Shape) < 1 || op.Ring.Shape[1] != 2 {
		return fmt.Errorf("record: %v, %v and %v do not fit", op.Losses, op.Norm, op.Ring)
	}
	return nil
}
