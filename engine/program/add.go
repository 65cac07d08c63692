package program

import "fmt"

// Add sums two or three tensors of one shape and type, or masks one:
//
//	output[i] = mask[i] > 0 ? inputs[0][i] + inputs[1][i] + inputs[2][i] : 0    (in this order; without Mask always the sum)
//
// Output may be one of the inputs.
type Add struct {
	Inputs []Tensor
	Mask   Tensor
	Output Tensor
}

// Reads lists the summands and the mask.
func (op Add) Reads() []Tensor { return append(present(op.Mask), op.Inputs...) }

// Writes lists the output.
func (op Add) Writes() []Tensor { return []Tensor{op.Output} }

// Check reports shapes that differ and a number of summands outside 1 to 3.
func (op Add) Check() error {
	if len(op.Inputs) < 1 || len(op.Inputs) > 3 {
		return fmt.Errorf("add: %d inputs, 1 to 3 are taken", len(op.Inputs))
	}
	if err := sameShape(op.Output, append([]Tensor{op.Mask}, op.Inputs...)...); err != nil {
		return fmt.Errorf("add: %w", err)
	}
	if err := sameType(op.Output, append([]Tensor{op.Mask}, op.Inputs...)...); err != nil {
		return fmt.Errorf("add: %w", err)
	}
	return nil
}

func (op Add) gradient(r *reverse) error {
	gradient, found := r.total(op.Output, op.Mask)
	if found {
		for _, input := range op.Inputs {
			r.pass(input, gradient)
		}
	}
	return nil
}

func (op Add) tangent(f *forward) error {
	f.sum(op.Output, nil, op.Inputs, op.Mask)
	return nil
}
