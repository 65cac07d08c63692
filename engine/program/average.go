package program

import "fmt"

// Average moves a running average towards the weights (Polyak & Juditsky 1992, with exponential forgetting), faster at the start:
//
//	d          = min(decay, (1+t) / (10+t)),  t = step + 1
//	average[i] += (1 - d) * (weight[i] - average[i])
//
// Average and Weight have the same shape; decay is in [0, 1). It runs after the update and has no gradient.
type Average struct {
	Average, Weight Tensor
	Decay           float32
}

// Reads lists the average and the weight.
func (op Average) Reads() []Tensor { return []Tensor{op.Average, op.Weight} }

// Writes lists the average.
func (op Average) Writes() []Tensor { return []Tensor{op.Average} }

// Rest is 1 - d at a step, rounded once.
func (op Average) Rest(scalars Scalars) float32 {
	t := float64(scalars.Step) + 1
	return float32(1 - min(Decimal(op.Decay), (1+t)/(10+t)))
}

// Check reports shapes that differ and a decay outside [0, 1).
func (op Average) Check() error {
	if !(op.Decay >= 0 && op.Decay < 1) {
		return fmt.Errorf("average: decay %v is outside [0, 1)", op.Decay)
	}
	return sameShape(op.Average, op.Weight)
}
