//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// Fill sets every element of an array to one value, rounded to its type, float32 or bfloat16.
type Fill struct {
	Array    Array
	Elements int
	Value    float32
}

// Fill is one launch, bound by memory: each element is written once.
func (k *Kernels) Fill(s driver.Stream, f Fill) error {
	kind, err := floats("fill", f.Array)
	if err != nil {
		return err
	}
	if f.Elements < 1 {
		return fmt.Errorf("fill: %d elements; use at least one", f.Elements)
	}
	return k.launch(s, "fill", "fill"+kind.suffix(), k.blocks(parts(f.Elements, chunk)), block, 0,
		f.Array.Address, uint64(f.Elements), f.Value, aligned(4*kind.Bytes(), f.Array.Address))
}
