package program

import (
	"fmt"
	"slices"
)

// ScaleSamples sums one or two tensors, each sample of which is multiplied by a number of its own:
//
//	output[n, e] = factors[0][n] * inputs[0][n, e] + factors[1][n] * inputs[1][n, e]
//
// for samples n and their elements e; or each element by a number of its own, factors[k][n, e]. Inputs and Output are of one shape and type, factors
// Float32. A factor follows from the experiment, such as from a noise level: it has no gradient.
type ScaleSamples struct {
	Inputs  []Tensor
	Factors []Tensor // (samples), or all of them (samples, elements); one for each input
	Output  Tensor
}

// Reads lists the inputs and the factors.
func (op ScaleSamples) Reads() []Tensor { return append(slices.Clone(op.Inputs), op.Factors...) }

// Writes lists the output.
func (op ScaleSamples) Writes() []Tensor { return []Tensor{op.Output} }

// Each says whether each element has factors of its own.
func (op ScaleSamples) Each() bool { return len(op.Factors[0].Shape) == 2 }

// Check reports shapes that do not fit and a number of inputs other than 1 and 2.
func (op ScaleSamples) Check() error {
	if len(op.Inputs) < 1 || len(op.Inputs) > 2 || len(op.Factors) != len(op.Inputs) {
		return fmt.Errorf("scale samples: %d inputs and %d factors, one or two of both are taken", len(op.Inputs), len(op.Factors))
	}
	if err := activation(op.Output); err != nil {
		return fmt.Errorf("scale samples: %w", err)
	}
	if err := sameShape(op.Output, op.Inputs...); err != nil {
		return fmt.Errorf("scale samples: %w", err)
	}
	if err := sameType(op.Output, op.Inputs...); err != nil {
		return fmt.Errorf("scale samples: %w", err)
	}
	if err := single(op.Factors...); err != nil {
		return fmt.Errorf("scale samples: %w", err)
	}
	want := op.Output.Shape[:1:1]
	if op.Each() {
		want = append(want, op.Output.Elements()/op.Output.Shape[0])
	}
	for _, factor := range op.Factors {
		if !slices.Equal(factor.Shape, want) {
			return fmt.Errorf("scale samples: %v is neither one number for each sample of %v nor one for each element, or differs in this from another factor", factor, op.Output)
		}
	}
	return nil
}

func (op ScaleSamples) gradient(r *reverse) error {
	gradient, found := r.total(op.Output, Tensor{})
	for i, input := range op.Inputs {
		if found && r.needed(input) {
			output := r.temporary(input, "scale")
			r.append(ScaleSamples{Inputs: []Tensor{gradient}, Factors: op.Factors[i : i+1], Output: output})
			r.pass(input, output)
		}
	}
	return nil
}

func (op ScaleSamples) tangent(f *forward) error {
	var moving ScaleSamples
	for i, input := range op.Inputs {
		if _, moves := f.of(op.Factors[i]); moves {
			return fmt.Errorf("scale samples: %v has no tangent", op.Factors[i])
		}
		if tangent, moves := f.of(input); moves {
			moving.Inputs, moving.Factors = append(moving.Inputs, tangent), append(moving.Factors, op.Factors[i])
		}
	}
	f.append(op.Output, func(output Tensor) Operation {
		moving.Output = output
		return moving
	})
	return nil
}

func scaleSamplesCases() []Case {
	var cases []Case
	for i, shape := range [][]int{{1, 1, 1, 1}, {2, 1, 3, 1}, {3, 5, 7, 1}, {33, 1, 2, 1}, {2, 8, 8, 4}, {5, 4, 33, 2}, {2, 70, 61, 1}} {
		op := ScaleSamples{Output: output("output", shape...)}
		for k := range 1 + i%2 {
			op.Inputs = append(op.Inputs, input(fmt.Sprint("input", k), shape...))
			op.Factors = append(op.Factors, input(fmt.Sprint("factor", k), shape[0]))
		}
		cases = append(cases, Case{Name: fmt.Sprint(shape), Operation: op, Magnitude: op, Roundings: 3})

		each := op
		each.Factors = nil
		for _, factor := range op.Factors {
			each.Factors = append(each.Factors, input(factor.Name, shape[0], op.Output.Elements()/shape[0]))
		}
		cases = append(cases, Case{Name: fmt.Sprint(shape, ",each"), Operation: each, Magnitude: each, Roundings: 3})
	}
	return cases
}
