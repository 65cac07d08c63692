package program

import "fmt"

// Adam updates Weight in place (Kingma & Ba 2015, algorithm 1), unless Norm is not finite: then nothing changes. Gradients longer than Clip
// together are shortened to it first (Pascanu, Mikolov & Bengio 2013), so that one bad step does not throw the weights away; 0 is no limit.
//
//	t       = step + 1
//	g[i]    = gradient[i] * (Clip > 0 && norm > Clip ? Clip / norm : 1)
//	m[i]    = beta1*m[i] + (1-beta1)*g[i]
//	v[i]    = beta2*v[i] + (1-beta2)*g[i]^2
//	w[i]   -= rate * (m[i]/(1-beta1^t)) / (sqrt(v[i]/(1-beta2^t)) + epsilon)
//
// with w, gradient, m and v for Weight, Gradient, FirstMoment and SecondMoment, all of one shape, and rate and step from the run's Scalars.
type Adam struct {
	Weight, Gradient, FirstMoment, SecondMoment Tensor
	Norm                                        Tensor // of all gradients together, one element
	Beta1, Beta2, Epsilon, Clip                 float32
}

// Reads lists everything that the update depends on.
func (op Adam) Reads() []Tensor {
	return []Tensor{op.Weight, op.Gradient, op.FirstMoment, op.SecondMoment, op.Norm}
}

// Writes lists the weight and its moments.
func (op Adam) Writes() []Tensor { return []Tensor{op.Weight, op.FirstMoment, op.SecondMoment} }

// Check reports shapes that differ and constants outside their range.
func (op Adam) Check() error {
	if !(op.Beta1 >= 0 && op.Beta1 < 1 && op.Beta2 >= 0 && op.Beta2 < 1 && op.Epsilon > 0) {
		return fmt.Errorf("adam: beta1 %v or beta2 %v is outside [0, 1), or epsilon %v is not positive", op.Beta1, op.Beta2, op.Epsilon)
	}
	if !(op.Clip >= 0) {
		return fmt.Errorf("adam: clip %v is negative", op.Clip)
	}
	if err := single(op.Weight, op.Gradient, op.FirstMoment, op.SecondMoment, op.Norm); err != nil {
		return fmt.Errorf("adam: %w", err)
	}
	if op.Norm.Elements() != 1 {
		return fmt.Errorf("adam: %v is not one element", op.Norm)
	}
	if err := sameShape(op.Weight, op.Gradient, op.FirstMoment, op.SecondMoment); err != nil {
		return fmt.Errorf("adam: %w", err)
	}
	return nil
}
