package program

import "fmt"

// differentiable operations append to r what their output's gradient means for what they read.
type differentiable interface {
	gradient(r *reverse) error
}

// linearTerm builds an operation that writes a linear function of something, plus residuals, where the mask is positive.
type linearTerm func(residuals []Tensor, mask, output Tensor) Operation

// reverse is one pass of reverse accumulation. Contributions to a tensor's gradient are kept until the operation that wrote the
// tensor is reached, and are then fused: the linear ones take the others as residuals, and the last one the mask.
type reverse struct {
	operations []Operation
	active     map[string]bool // depends on something wanted
	linears    map[string][]linearTerm
	passed     map[string][]Tensor
	count      int
}

// Gradient returns the operations that compute the gradients of a scalar by the wanted tensors, given the gradients of that scalar by
// outputs of the forward operations (by name), and where each wanted tensor's gradient is found (by the tensor's name). A wanted
// tensor that the scalar does not depend on is missing from that map. Reverse accumulation: Griewank & Walther 2008, chapter 3.
func Gradient(forward []Operation, seeds map[string]Tensor, wanted []Tensor) ([]Operation, map[string]Tensor, error) {
	r := &reverse{
		active:  map[string]bool{},
		linears: map[string][]linearTerm{},
		passed:  map[string][]Tensor{},
	}
	for _, tensor := range wanted {
		r.active[tensor.Name] = true
	}
	for _, operation := range forward {
		for _, read := range operation.Reads() {
			if r.active[read.Name] {
				for _, output := range operation.Writes() {
					r.active[output.Name] = true
				}
			}
		}
	}
	for name, gradient := range seeds {
		r.passed[name] = append(r.passed[name], gradient)
	}
	for i := len(forward) - 1; i >= 0; i-- {
		output := forward[i].Writes()[0]
		if !r.active[output.Name] || len(r.passed[output.Name])+len(r.linears[output.Name]) == 0 {
			continue
		}
		operation, ok := forward[i].(differentiable)
		if !ok {
			return nil, nil, fmt.Errorf("%T has no gradient", forward[i])
		}
		if err := operation.gradient(r); err != nil {
			return nil, nil, err
		}
	}
	gradients := map[string]Tensor{}
	for _, tensor := range wanted {
		if gradient, found := r.total(tensor, Tensor{}); found {
			gradients[tensor.Name] = gradient
		}
	}
	return r.operations, gradients, nil
}

func (r *reverse) append(operation Operation) { r.operations = append(r.operations, operation) }

func (r *reverse) needed(t Tensor) bool { return r.active[t.Name] }

// linear notes that t's gradient receives the output of an operation still to be built.
func (r *reverse) linear(t Tensor, term linearTerm) {
	if r.needed(t) {
		r.linears[t.Name] = append(r.linears[t.Name], term)
	}
}

// pass notes that t's gradient receives an existing tensor as it is.
func (r *reverse) pass(t, gradient Tensor) {
	if r.needed(t) {
		r.passed[t.Name] = append(r.passed[t.Name], gradient)
	}
}

// weight appends the gradients of a convolution's weight and bias, if either is wanted.
func (r *reverse) weight(weight, bias Tensor, build func(weightGradient, biasGradient Tensor) Operation) {
	if !r.needed(weight) && !(bias.Present() && r.needed(bias)) {
		return
	}
	weightGradient, biasGradient := r.temporary(weight, "weight"), Tensor{}
	if bias.Present() {
		biasGradient = r.temporary(bias, "bias")
		r.pass(bias, biasGradient)
	}
	r.append(build(weightGradient, biasGradient))
	r.pass(weight, weightGradient)
}

// temporary is a new tensor of t's shape, named after it.
func (r *reverse) temporary(t Tensor, kind string) Tensor {
	r.count++
	return Tensor{Name: fmt.Sprintf("gradient/%s/%s%d", t.Name, kind, r.count), Shape: t.Shape, Type: t.Type}
}

// total returns the sum of all contributions to t's gradient, masked; false if there are none. It is asked for once a tensor.
func (r *reverse) total(t, mask Tensor) (Tensor, bool) {
	sum, operations, found := fuse(r.linears[t.Name], r.passed[t.Name], mask, func() Tensor { return r.temporary(t, "sum") })
	r.operations = append(r.operations, operations...)
	return sum, found
}

// fuse sums linear terms and existing tensors where the mask is positive, in as few operations as their residuals allow. A sum of
// one existing tensor without a mask is that tensor itself.
func fuse(linears []linearTerm, tensors []Tensor, mask Tensor, next func() Tensor) (sum Tensor, operations []Operation, found bool) {
	if len(linears)+len(tensors) == 0 {
		return Tensor{}, nil, false
	}
	most := 2 // residuals of a linear term
	if len(linears) == 0 {
		most = 3 // inputs of Add
	}
	for len(tensors) > most {
		output := next()
		operations = append(operations, Add{Inputs: tensors[:3], Output: output})
		tensors = append([]Tensor{output}, tensors[3:]...)
	}
	if len(linears) == 0 {
		if len(tensors) == 1 && !mask.Present() {
			return tensors[0], operations, true
		}
		output := next()
		return output, append(operations, Add{Inputs: tensors, Mask: mask, Output: output}), true
	}
	for i, term := range linears {
		last := Tensor{}
		if i == len(linears)-1 {
			last = mask
		}
		output := next()
		operations = append(operations, term(tensors, last, output))
		tensors = []Tensor{output}
	}
	return tensors[0], operations, true
}
