//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// Add sums one to three arrays, or masks one:
//
//	output[i] = mask[i] > 0 ? inputs[0][i] + inputs[1][i] + inputs[2][i] : 0
//
// in float32 and in this order, each sum rounded, and the last to the arrays' type. Output may be one of the inputs.
type Add struct {
	Inputs   []Array
	Mask     Array // optional
	Output   Array
	Elements int
}

// Add is one launch, bound by memory: an element is read from each input and the mask and written once. All arrays have one type, float32 or
// bfloat16; another number of inputs than 1 to 3 and types that differ are errors.
func (k *Kernels) Add(s driver.Stream, a Add) error {
	if len(a.Inputs) < 1 || len(a.Inputs) > 3 || a.Elements < 1 {
		return fmt.Errorf("add: %d inputs of %d elements; 1 to 3 of at least one are taken", len(a.Inputs), a.Elements)
	}
	kind, err := floats("add", a.Output, append([]Array{a.Mask}, a.Inputs...)...)
	if err != nil {
		return err
	}
	var inputs [3]driver.Address
	for i, input := range a.Inputs {
		inputs[i] = input.Address
	}
	vectors := aligned(4*kind.Bytes(), inputs[0], inputs[1], inputs[2], a.Mask.Address, a.Output.Address)
	return k.launch(s, "add", "add"+kind.suffix(), k.blocks(parts(a.Elements, chunk)), block, 0,
		inputs[0], inputs[1], inputs[2], a.Mask.Address, a.Output.Address, uint64(a.Elements), vectors)
}
