package oracle

import (
	"fmt"
	"math"

	"tweedie/engine/program"
)

// update computes what follows the gradients, by the formulas of program's operations.
func (e *executable) update(operation program.Operation, scalars program.Scalars) error {
	values := map[string][]float64{}
	for _, tensor := range operation.Reads() {
		held, err := e.read(tensor)
		if err != nil {
			return err
		}
		values[tensor.Name] = held
	}
	switch op := operation.(type) {
	case program.GradientNorm:
		square := 0.0
		for _, gradient := range op.Gradients {
			for _, g := range values[gradient.Name] {
				square += g * g
			}
		}
		values[op.Norm.Name] = []float64{math.Sqrt(square)}
	case program.Adam:
		if norm := values[op.Norm.Name][0]; !math.IsNaN(norm) && !math.IsInf(norm, 0) {
			gradient := clipped(values[op.Gradient.Name], norm, program.Decimal(op.Clip))
			adam(op, scalars, gradient, values[op.FirstMoment.Name], values[op.SecondMoment.Name], values[op.Weight.Name])
		}
	case program.Average:
		t := float64(scalars.Step + 1)
		decay := math.Min(program.Decimal(op.Decay), (1+t)/(10+t))
		average := values[op.Average.Name]
		for i, w := range values[op.Weight.Name] {
			average[i] = decay*average[i] + (1-decay)*w
		}
	case program.Record:
		losses, ring := values[op.Losses.Name], values[op.Ring.Name]
		row := scalars.Step % uint64(op.Ring.Shape[0])
		ring[2*row], ring[2*row+1] = 0, values[op.Norm.Name][0]
		for _, loss := range losses {
			ring[2*row] += loss / float64(len(losses))
		}
	default:
		return fmt.Errorf("gorgonia: there is no update %T", op)
	}
	for _, tensor := range operation.Writes() {
		if err := e.write(tensor, values[tensor.Name]); err != nil {
			return err
		}
	}
	return nil
}

// clipped is a gradient after the whole of all gradients, of the given norm, is shortened to the length clip; 0 is no limit.
func clipped(gradient []float64, norm, clip float64) []float64 {
	if clip == 0 || norm <= clip {
		return gradient
	}
	shorter := make([]float64, len(gradient))
	for i, g := range gradient {
		shorter[i] = g / norm * clip
	}
	return shorter
}

// adam is Adam's update as Kingma & Ba (2015) write it.
func adam(op program.Adam, scalars program.Scalars, gradient, m, v, w []float64) {
	rate, epsilon := program.Decimal(scalars.LearningRate), program.Decimal(op.Epsilon)
	beta1, beta2 := program.Decimal(op.Beta1), program.Decimal(op.Beta2)
	t := float64(scalars.Step + 1)
	for i, g := range gradient {
		m[i] = beta1*m[i] + (1-beta1)*g
		v[i] = beta2*v[i] + (1-beta2)*g*g
		unbiasedM, unbiasedV := m[i]/(1-math.Pow(beta1, t)), v[i]/(1-math.Pow(beta2, t))
		w[i] -= rate * unbiasedM / (math.Sqrt(unbiasedV) + epsilon)
	}
}
