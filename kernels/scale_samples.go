//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// ScaleSamples sums one or two arrays, each sample of which is multiplied by a number of its own:
//
//	output[n, e] = factors[0][n] * inputs[0][n, e] + factors[1][n] * inputs[1][n, e]
//
// in float32, each operation rounded, and rounded last to the arrays' type.
type ScaleSamples struct {
	Inputs            []Array
	Factors           []driver.Address // float32, one for each sample
	Output            Array            // may be one of the inputs
	Samples, Elements int              // elements of a sample
}

// ScaleSamples is one launch, bound by memory: an element is read from each input and written once. All arrays have one type, float32 or
// bfloat16; a number of inputs other than one or two, and of factors than of inputs, is an error.
func (k *Kernels) ScaleSamples(s driver.Stream, a ScaleSamples) error {
	if len(a.Inputs) < 1 || len(a.Inputs) > 2 || len(a.Factors) != len(a.Inputs) {
		return fmt.Errorf("scale samples: %d inputs and %d factors; one or two of both are taken", len(a.Inputs), len(a.Factors))
	}
	if err := positive("scale samples", a.Samples, a.Elements); err != nil {
		return err
	}
	kind, err := floats("scale samples", a.Output, a.Inputs...)
	if err != nil {
		return err
	}
	var inputs, factors [2]driver.Address
	for i, input := range a.Inputs {
		inputs[i], factors[i] = input.Address, a.Factors[i]
	}
	elements := a.Samples * a.Elements
	return k.launch(s, "scale_samples", "scale_samples"+kind.suffix(), k.blocks(parts(elements, chunk)), block, 0,
		inputs[0], inputs[1], factors[0], factors[1], a.Output.Address, uint64(elements), uint32(a.Elements))
}
