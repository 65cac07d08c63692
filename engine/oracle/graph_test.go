package oracle

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

// TestGorgoniaAgreesOnEveryOperation takes every case of every operation that has a gradient, with the loss that is half the weighted sum of squares: what it writes and the
// gradients by all that it reads are the reference's. An operation that package oracle does not know fails here by its name.
func TestGorgoniaAgreesOnEveryOperation(t *testing.T) {
	seen := map[string]int{}
	for _, c := range program.Cases() {
		if _, draws := c.Operation.(program.AddNoise); draws {
			continue // hands its gradient on as it is; Device takes draws from the reference
		}
		p := &program.Program{Operations: []program.Operation{c.Operation}}
		if slices.ContainsFunc(p.Tensors(), func(tensor program.Tensor) bool { return tensor.Type != program.Float32 }) {
			continue // what is rounded to bfloat16 has no derivative
		}
		output := c.Operation.Writes()[0]
		seed := program.Tensor{Name: "seed", Shape: output.Shape, Role: program.Input}
		variables := slices.DeleteFunc(c.Operation.Reads(), func(tensor program.Tensor) bool { return tensor.Name == output.Name })
		backward, gradients, err := program.Gradient(p.Operations, map[string]program.Tensor{output.Name: seed}, variables)
		derived := program.Program{Operations: append(slices.Clone(p.Operations), backward...)}
		if err != nil || len(variables) == 0 || derived.Check() != nil {
			continue // it has no gradient
		}
		t.Run(c.Name, func(t *testing.T) { agreesOnOperation(t, c.Operation, backward, variables, gradients) })
		seen[fmt.Sprintf("%T", c.Operation)]++
	}
	if len(seen) < 6 || seen["program.Convolution"] < 20 {
		t.Errorf("cases of %v were seen", seen)
	}
}

func agreesOnOperation(t *testing.T, operation program.Operation, backward []program.Operation, variables []program.Tensor, gradients map[string]program.Tensor) {
	const bound = 1e-13
	output := operation.Writes()[0]
	clean := program.Tensor{Name: "clean", Shape: output.Shape, Role: program.Input}
	loss := program.MSE{
		Denoised: output, Clean: clean, Losses: program.Tensor{Name: "losses", Shape: output.Shape[:1]}, Gradient: program.Tensor{Name: "unused", Shape: output.Shape},
	}
	wanted, kept := []program.Tensor{}, []program.Tensor{output}
	for _, variable := range variables {
		if gradient, found := gradients[variable.Name]; found && gradient.Name != "seed" {
			wanted, kept = append(wanted, variable), append(kept, gradient)
		}
	}
	graph, err := NewGraph([]program.Operation{operation, loss}, wanted)
	if err != nil {
		t.Fatal(err)
	}
	defer graph.Close()
	values := map[string][]float64{}
	for _, tensor := range append(slices.Clone(variables), clean, output) {
		values[tensor.Name] = normals(tensor.Name, tensor.Elements())
	}
	values["seed"] = make([]float64, output.Elements())
	p := keeping(&program.Program{Operations: append([]program.Operation{operation}, backward...)}, kept)
	first, err := evaluate(reference.New(), p, kept[:1], values)
	if err != nil {
		t.Fatal(err)
	}
	square := 0.0
	for i, value := range first[output.Name] {
		difference := value - values["clean"][i]
		square += difference * difference
		values["seed"][i] = 2 / float64(output.Elements()) * difference
	}
	want, err := evaluate(reference.New(), p, kept, values)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // nothing of a run is left in the next one
		if err := graph.Run(func(tensor program.Tensor) ([]float64, error) { return find(values, tensor) }); err != nil {
			t.Fatal(err)
		}
		if distance := relative(graph.Output(output.Name), want[output.Name]); !(distance <= bound) {
			t.Errorf("%v is %v from the reference, relative", output, distance)
		}
		mean := 0.0
		for _, loss := range graph.Output("losses") {
			mean += loss / float64(output.Shape[0])
		}
		if distance := relative([]float64{mean}, []float64{square / float64(output.Elements())}); !(distance <= bound) {
			t.Errorf("the loss is %v from the mean square, relative", distance)
		}
		for i, variable := range wanted {
			if distance := relative(graph.Gradient(variable.Name), want[kept[1+i].Name]); !(distance <= bound) {
				t.Errorf("the gradient by %v is %v from the reference, relative", variable, distance)
			}
		}
	}
}

// unknown is an operation that nobody knows.
type unknown struct{ program.Add }

// TestUnknownOperationsAreNamed: they are an error, and never left out.
func TestUnknownOperationsAreNamed(t *testing.T) {
	x, y := program.Tensor{Name: "x", Shape: []int{1, 2, 2, 1}}, program.Tensor{Name: "y", Shape: []int{1, 2, 2, 1}}
	_, err := NewGraph([]program.Operation{unknown{program.Add{Inputs: []program.Tensor{x}, Output: y}}}, nil)
	if err == nil || !strings.Contains(err.Error(), "there is no translation of oracle.unknown, which writes y[1 2 2 1]") {
		t.Errorf("an unknown operation gives %v", err)
	}
	y.Type = program.BFloat16
	_, err = NewGraph([]program.Operation{program.Add{Inputs: []program.Tensor{x}, Output: y}}, nil)
	if err == nil || !strings.Contains(err.Error(), "y[1 2 2 1] of program.Add is bfloat16") {
		t.Errorf("bfloat16 gives %v", err)
	}
}
