// Package oracle is a second opinion on what this project computes and above all on its gradients: the same network in Gorgonia
// (gorgonia.org/gorgonia, float64), which differentiates by rules of its own, and central differences. Check compares them with the reference and with
// another device; Device lets training run on Gorgonia. It is for tests and tiny networks: a hundred times slower than the cpu device.
package oracle

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"tweedie/engine/program"
)

// Graph is a forward pass in Gorgonia, with the gradients of its loss. What the operations read and none of them writes is its input. It is not
// safe for concurrent use.
type Graph struct {
	inputs    map[string]*variable
	outputs   map[string]*variable // what operations write
	gradients map[string]*variable // of the loss, by the tensor's name
	machine   gorgonia.VM
}

// read returns a tensor's values.
type read func(program.Tensor) ([]float64, error)

// variable is a tensor in the graph: values in Gorgonia's layout, where activations are (samples, channels, height, width).
type variable struct {
	tensor     program.Tensor
	activation bool
	values     []float64                     // of an input, bound to its node
	compute    func(read) ([]float64, error) // of an input that is not a tensor of the program, but follows from some
	read       *gorgonia.Value               // of an output or a gradient
}

// NewGraph builds the graph of forward operations. If one of them is a loss with a Gradient, the mean of its losses is differentiated by the
// tensors of wanted, on which it must depend. An operation that there is no translation of is an error that names it.
func NewGraph(operations []program.Operation, wanted []program.Tensor) (graph *Graph, err error) {
	defer func() { // Gorgonia panics on graphs that it cannot compile, and translations do where it returns an error
		if problem := recover(); problem != nil {
			err = fmt.Errorf("gorgonia: %v", problem)
		}
	}()
	t := &translation{graph: gorgonia.NewGraph(), nodes: map[string]*gorgonia.Node{}, inputs: map[string]*variable{}}
	g := &Graph{inputs: t.inputs, outputs: map[string]*variable{}, gradients: map[string]*variable{}}
	for _, operation := range operations {
		for _, tensor := range append(operation.Reads(), operation.Writes()...) {
			if tensor.Type != program.Float32 {
				return nil, fmt.Errorf("gorgonia: %v of %T is %v, and only float32 is computed here, in float64", tensor, operation, tensor.Type)
			}
		}
		if !t.operation(operation) {
			return nil, fmt.Errorf("gorgonia: there is no translation of %T, which writes %v", operation, operation.Writes()[0])
		}
	}
	for _, operation := range operations {
		for _, written := range operation.Writes() {
			if node, known := t.nodes[written.Name]; known {
				g.outputs[written.Name] = reader(node, written)
			}
		}
	}
	if t.total != nil && len(wanted) > 0 {
		var nodes []*gorgonia.Node
		for _, tensor := range wanted {
			if t.nodes[tensor.Name] == nil {
				return nil, fmt.Errorf("gorgonia: the loss does not depend on %v", tensor)
			}
			nodes = append(nodes, t.nodes[tensor.Name])
		}
		gradients, err := gorgonia.Grad(t.total, nodes...)
		if err != nil {
			return nil, fmt.Errorf("gorgonia: %w", err)
		}
		for i, tensor := range wanted {
			g.gradients[tensor.Name] = reader(gradients[i], tensor)
			g.gradients[tensor.Name].activation = t.inputs[tensor.Name].activation
		}
	}
	g.machine = gorgonia.NewTapeMachine(t.graph)
	return g, nil
}

func reader(node *gorgonia.Node, tensor program.Tensor) *variable {
	v := &variable{tensor: tensor, activation: len(tensor.Shape) == 4, read: new(gorgonia.Value)}
	gorgonia.Read(node, v.read)
	return v
}

// Run computes everything anew. It asks for the values of each input, in the tensor's own layout.
func (g *Graph) Run(input read) error {
	for _, v := range g.inputs {
		if v.compute == nil {
			v.compute = func(input read) ([]float64, error) { return input(v.tensor) }
		}
		values, err := v.compute(input)
		if err != nil {
			return err
		}
		v.copyIn(values)
	}
	defer g.machine.Reset()
	if err := g.machine.RunAll(); err != nil {
		return fmt.Errorf("gorgonia: %w", err)
	}
	return nil
}

// Output is what an operation wrote in the last Run, nil for a tensor that none writes.
func (g *Graph) Output(name string) []float64 { return g.outputs[name].copyOut() }

// Gradient is the loss's gradient by a tensor in the last Run, nil if it was not wanted.
func (g *Graph) Gradient(name string) []float64 { return g.gradients[name].copyOut() }

// Close frees the graph's memory.
func (g *Graph) Close() error { return g.machine.Close() }

// copyIn fills an input's values.
func (v *variable) copyIn(values []float64) {
	copy(v.values, values)
	if v.activation {
		v.reorder(func(here, there int) { v.values[there] = values[here] })
	}
}

// copyOut returns the values in the tensor's layout.
func (v *variable) copyOut() []float64 {
	if v == nil {
		return nil
	}
	var values []float64
	switch data := (*v.read).Data().(type) {
	case []float64:
		values = slices.Clone(data)
	case float64: // Gorgonia makes scalars of tensors of one element
		values = []float64{data}
	}
	if v.activation {
		from := slices.Clone(values)
		v.reorder(func(here, there int) { values[here] = from[there] })
	}
	return values
}

// reorder calls visit with the index of each element as (samples, height, width, channels), and as (samples, channels, height, width).
func (v *variable) reorder(visit func(here, there int)) {
	samples, pixels, channels := v.tensor.Shape[0], v.tensor.Shape[1]*v.tensor.Shape[2], v.tensor.Shape[3]
	for n := range samples {
		for p := range pixels {
			for c := range channels {
				visit((n*pixels+p)*channels+c, (n*channels+c)*pixels+p)
			}
		}
	}
}
