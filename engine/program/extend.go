package program

import "fmt"

// Extend overwrites the last rows and columns of some samples with copies of the one before them, as denoising extends images whose sides
// are not multiples of what a network needs: a network that never met repeated noise takes it for structure. With the words of stream Borders at
// (step, sample n), and both numbers 0 unless Uniform(word2) < Share:
//
//	rows = Below(word0, Most+1), columns = Below(word1, Most+1)
//	output[n, y, x, c] = input[n, min(y, height-1-rows), min(x, width-1-columns), c]
//
// Tensors of one shape, seed and step are extended alike. Most is below the height and width.
type Extend struct {
	Input, Output Tensor
	Most          int     // rows, and columns, at most
	Share         float32 // of the samples
	Seed          uint64
}

// Reads lists the input.
func (op Extend) Reads() []Tensor { return []Tensor{op.Input} }

// Writes lists the output.
func (op Extend) Writes() []Tensor { return []Tensor{op.Output} }

// Check reports shapes that do not fit, and numbers outside their range.
func (op Extend) Check() error {
	if err := activation(op.Input); err != nil {
		return fmt.Errorf("extend: %w", err)
	}
	if err := sameShape(op.Input, op.Output); err != nil {
		return fmt.Errorf("extend: %w", err)
	}
	if err := single(op.Input, op.Output); err != nil {
		return fmt.Errorf("extend: %w", err)
	}
	if op.Most < 0 || op.Most >= min(op.Input.Shape[1], op.Input.Shape[2]) {
		return fmt.Errorf("extend: %d rows or columns are not fewer than %v has", op.Most, op.Input)
	}
	if !(op.Share >= 0 && op.Share <= 1) {
		return fmt.Errorf("extend: share %v is outside [0, 1]", op.Share)
	}
	return nil
}

func extendCases() []Case {
	var cases []Case
	for i, shape := range [][]int{{1, 1, 1, 1}, {5, 3, 2, 1}, {17, 16, 16, 1}, {9, 8, 13, 3}, {3, 33, 70, 2}} {
		cases = append(cases, Case{
			Name: fmt.Sprint(shape), Scalars: Scalars{Step: uint64(1)<<32 + uint64(i)},
			Operation: Extend{Input: input("input", shape...), Output: output("output", shape...), Most: min(shape[1], shape[2], 8) - 1, Share: 1 - float32(i%3)/3, Seed: 3<<40 + 1},
		})
	}
	return cases
}
