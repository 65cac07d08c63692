//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// Convert copies an array to one of another type: float32 to bfloat16, rounded to nearest even, or back, which is exact.
type Convert struct {
	From, To Array // may not overlap
	Elements int
}

// Convert is one launch, bound by memory: 6 bytes an element.
func (k *Kernels) Convert(s driver.Stream, c Convert) error {
	kernel := ""
	switch {
	case c.From.Type == Float32 && c.To.Type == BFloat16:
		kernel = "convert_f32_bf16"
	case c.From.Type == BFloat16 && c.To.Type == Float32:
		kernel = "convert_bf16_f32"
	default:
		return fmt.Errorf("convert: %v to %v; use float32 to bfloat16 or the reverse", c.From.Type, c.To.Type)
	}
	if c.Elements < 1 {
		return fmt.Errorf("convert: %d elements; use at least one", c.Elements)
	}
	vectors := min(aligned(4*c.From.Type.Bytes(), c.From.Address), aligned(4*c.To.Type.Bytes(), c.To.Address))
	return k.launch(s, "convert", kernel, k.blocks(parts(c.Elements, chunk)), block, 0, c.From.Address, c.To.Address, uint64(c.Elements), vectors)
}
