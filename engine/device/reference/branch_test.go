package reference_test

import (
	"math"
	"slices"
	"testing"

	"tweedie/engine/program"
)

// branches is a network in which a rectified and masked tensor feeds two convolutions and an addition, so that several linear terms, a residual and
// a mask meet in one gradient, and one operation has all of them in its tangent.
func branches() (operations []program.Operation, output program.Tensor, variables []program.Tensor) {
	image := func(name string, role program.Role) program.Tensor {
		return program.Tensor{Name: name, Shape: []int{2, 5, 4, 3}, Role: role}
	}
	weight := func(name string) program.Tensor {
		return program.Tensor{Name: name, Shape: []int{3, 3, 3, 3}, Role: program.Weight}
	}
	x, h, a, b := image("x", program.Input), image("h", program.Temporary), image("a", program.Temporary), image("b", program.Temporary)
	output = image("output", program.Temporary)
	first, second, third, fourth := weight("first"), weight("second"), weight("third"), weight("fourth")
	operations = []program.Operation{
		program.Convolution{Input: x, Weight: first, Output: h, ReLU: true},
		program.Convolution{Input: h, Weight: second, Residuals: []program.Tensor{x}, Negate: true, Output: a},
		program.TransposedConvolution{Input: h, Weight: third, Residuals: []program.Tensor{a, h}, Output: b},
		program.Convolution{Input: b, Weight: fourth, Residuals: []program.Tensor{h, x}, ReLU: true, Output: output},
	}
	return operations, output, []program.Tensor{x, first, second, third, fourth}
}

// TestDerivativesWhereTensorsBranch compares them with central differences.
func TestDerivativesWhereTensorsBranch(t *testing.T) {
	operations, output, variables := branches()
	checkDerivatives(t, operations, output, variables, nil)
}

// TestTangentsAddUp: when all variables move at once, the result moves by the sum of what each of them gives alone.
func TestTangentsAddUp(t *testing.T) {
	operations, output, variables := branches()
	run := func(moving ...program.Tensor) []float64 {
		directions := map[string]program.Tensor{}
		for _, variable := range moving {
			directions[variable.Name] = program.Tensor{Name: "moving " + variable.Name, Shape: variable.Shape, Role: program.Input}
		}
		forward, tangents, err := program.Tangent(operations, directions)
		if err != nil {
			t.Fatal(err)
		}
		e := newEvaluation(t, append(slices.Clone(operations), forward...), tangents[output.Name])
		for _, variable := range variables {
			e.write(variable.Name, moved(variable, 0))
			e.write("moving "+variable.Name, normals("direction "+variable.Name, variable.Elements()))
		}
		return e.run(tangents[output.Name])
	}
	sum := make([]float64, output.Elements())
	for _, variable := range variables {
		for i, value := range run(variable) {
			sum[i] += value
		}
	}
	for i, value := range run(variables...) {
		if !(math.Abs(value-sum[i]) <= 1e-12*(1+math.Abs(sum[i]))) {
			t.Fatalf("element %d moves by %v, each variable alone gives %v", i, value, sum[i])
		}
	}
}
