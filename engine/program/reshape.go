package program

import "fmt"

// Reshape gives its input's elements, in their order, another shape:
//
//	output[i] = input[i]    for the flat index i
//
// So an image (samples, height, width, channels) becomes a vector (samples, 1, 1, height * width * channels), on which a 1x1 convolution is a
// dense product. Both have the same number of samples and of elements.
type Reshape struct {
	Input, Output Tensor
}

// Reads lists the input.
func (op Reshape) Reads() []Tensor { return []Tensor{op.Input} }

// Writes lists the output.
func (op Reshape) Writes() []Tensor { return []Tensor{op.Output} }

// Check reports shapes that do not fit.
func (op Reshape) Check() error {
	for _, tensor := range []Tensor{op.Input, op.Output} {
		if err := activation(tensor); err != nil {
			return fmt.Errorf("reshape: %w", err)
		}
	}
	if err := sameType(op.Input, op.Output); err != nil {
		return fmt.Errorf("reshape: %w", err)
	}
	if op.Input.Shape[0] != op.Output.Shape[0] || op.Input.Elements() != op.Output.Elements() {
		return fmt.Errorf("reshape: %v and %v do not have as many samples and elements", op.Input, op.Output)
	}
	return nil
}

func (op Reshape) gradient(r *reverse) error {
	gradient, found := r.total(op.Output, Tensor{})
	if found && r.needed(op.Input) {
		output := r.temporary(op.Input, "reshape")
		r.append(Reshape{Input: gradient, Output: output})
		r.pass(op.Input, output)
	}
	return nil
}

func (op Reshape) tangent(f *forward) error {
	if input, moves := f.of(op.Input); moves {
		f.append(op.Output, func(output Tensor) Operation { return Reshape{Input: input, Output: output} })
	}
	return nil
}

func reshapeCases() []Case {
	var cases []Case
	for _, shapes := range [][2][]int{
		{{1, 1, 1, 1}, {1, 1, 1, 1}}, {{3, 2, 1, 1}, {3, 1, 2, 1}}, {{2, 3, 5, 7}, {2, 1, 1, 105}}, {{5, 1, 1, 1031}, {5, 1031, 1, 1}},
		{{7, 28, 28, 4}, {7, 1, 1, 3136}},
	} {
		cases = append(cases, Case{
			Name: fmt.Sprint(shapes[0]), Operation: Reshape{Input: input("input", shapes[0]...), Output: output("output", shapes[1]...)},
		})
	}
	return cases
}
