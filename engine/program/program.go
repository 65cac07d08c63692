package program

import "fmt"

// Operation is one step of a program. Concrete types are structs whose fields are its tensors and constants.
type Operation interface {
	Reads() []Tensor
	Writes() []Tensor
	// Check reports shapes and constants that do not fit together, in one sentence.
	Check() error
}

// Program is a list of operations in an order that respects their reads and writes. Operations whose reads and writes are
// disjoint may overlap.
type Program struct {
	Name       string
	Operations []Operation
	// Local asks that an element of a convolution's result depends, in every bit, on its receptive field alone: not on where in the image it lies, nor
	// on what is beyond. Devices then leave out algorithms that share work between neighbours, such as Winograd's.
	Local bool
}

// Append adds operations to the end.
func (p *Program) Append(operations ...Operation) { p.Operations = append(p.Operations, operations...) }

// Tensors lists the tensors of p once each, in the order of their first appearance.
func (p *Program) Tensors() []Tensor {
	var tensors []Tensor
	seen := map[string]bool{}
	for _, operation := range p.Operations {
		for _, list := range [][]Tensor{operation.Reads(), operation.Writes()} {
			for _, tensor := range list {
				if !seen[tensor.Name] {
					seen[tensor.Name] = true
					tensors = append(tensors, tensor)
				}
			}
		}
	}
	return tensors
}

// Check reports the first operation whose tensors do not fit, a name that stands for two different tensors, and a temporary that
// is read before it is written or is written twice.
func (p *Program) Check() error {
	declared, written := map[string]Tensor{}, map[string]bool{}
	for i, operation := range p.Operations {
		fail := func(err error) error {
			return fmt.Errorf("program %s, operation %d (%T): %w", p.Name, i, operation, err)
		}
		if err := operation.Check(); err != nil {
			return fail(err)
		}
		for _, tensor := range append(operation.Reads(), operation.Writes()...) {
			first, known := declared[tensor.Name]
			if known && (sameShape(first, tensor) != nil || first.Type != tensor.Type || first.Role != tensor.Role) {
				return fail(fmt.Errorf("%v was declared before as %v %v", tensor, first.Type, first))
			}
			declared[tensor.Name] = tensor
		}
		for _, tensor := range operation.Reads() {
			if tensor.Role == Temporary && !written[tensor.Name] {
				return fail(fmt.Errorf("%v is read before it is written", tensor))
			}
		}
		for _, tensor := range operation.Writes() {
			if tensor.Role == Temporary && written[tensor.Name] {
				return fail(fmt.Errorf("%v is written twice", tensor))
			}
			written[tensor.Name] = true
		}
	}
	return nil
}

// Work is the number of floating-point operations of the program's convolutions as direct sums, two to a multiply-add: the
// measure by which throughput is stated.
func (p *Program) Work() float64 {
	work := 0.0
	for _, operation := range p.Operations {
		if counted, ok := operation.(interface{ Work() float64 }); ok {
			work += counted.Work()
		}
	}
	return work
}

// Scalars are the numbers that change from one run of a program to the next.
type Scalars struct {
	Step         uint64  // counts from 0; draws and rings are indexed by it
	LearningRate float32 // of Adam
}
