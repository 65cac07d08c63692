package program

import (
	"fmt"
	"slices"
)

// tangential operations append to f how their output moves when what they read moves.
type tangential interface {
	tangent(f *forward) error
}

// Rectified says whether any of the operations has a slope that jumps, so that derivatives of tangents do not see how the jumps move.
func Rectified(operations []Operation) bool {
	return slices.ContainsFunc(operations, func(operation Operation) bool {
		jumping, ok := operation.(interface{ rectified() bool })
		return ok && jumping.rectified()
	})
}

// forward is one pass of forward accumulation.
type forward struct {
	operations []Operation
	tangents   map[string]Tensor
	count      int
}

// Tangent returns the operations that compute a Jacobian-vector product: how the outputs of the given operations move when the tensors
// named in directions move by those directions, and where each moving tensor's tangent is found. The operations themselves must run too,
// since tangents read their results. What is returned is made of operations of this package, so that it has gradients itself.
func Tangent(operations []Operation, directions map[string]Tensor) ([]Operation, map[string]Tensor, error) {
	f := &forward{tangents: map[string]Tensor{}}
	for name, direction := range directions {
		f.tangents[name] = direction
	}
	for _, operation := range operations {
		moves := false
		for _, read := range operation.Reads() {
			_, moving := f.tangents[read.Name]
			moves = moves || moving
		}
		if !moves {
			continue
		}
		rule, ok := operation.(tangential)
		if !ok {
			return nil, nil, fmt.Errorf("%T has no tangent", operation)
		}
		if err := rule.tangent(f); err != nil {
			return nil, nil, err
		}
	}
	return f.operations, f.tangents, nil
}

// of returns t's tangent, and whether t moves at all.
func (f *forward) of(t Tensor) (Tensor, bool) {
	tangent, moves := f.tangents[t.Name]
	return tangent, moves
}

// append adds an operation whose output is the tangent of t.
func (f *forward) append(t Tensor, build func(output Tensor) Operation) {
	output := f.next(t)
	f.operations = append(f.operations, build(output))
	f.tangents[t.Name] = output
}

func (f *forward) next(t Tensor) Tensor {
	f.count++
	return Tensor{Name: fmt.Sprintf("tangent/%s/%d", t.Name, f.count), Shape: t.Shape, Type: t.Type}
}

// sum makes t's tangent the sum of linear terms and of the tangents of its residuals, where the mask is positive.
func (f *forward) sum(t Tensor, linear []linearTerm, residuals []Tensor, mask Tensor) {
	var moving []Tensor
	for _, residual := range residuals {
		if tangent, moves := f.of(residual); moves {
			moving = append(moving, tangent)
		}
	}
	total, operations, found := fuse(linear, moving, mask, func() Tensor { return f.next(t) })
	if found {
		f.operations = append(f.operations, operations...)
		f.tangents[t.Name] = total
	}
}
