//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// SiLU is the sigmoid-weighted linear unit, or one of its first two derivatives, times up to two factors:
//
//	output[i] = f^(Order)(input[i]) * factors[0][i] * factors[1][i],  f(x) = x / (1 + exp(-x))
//
// in float32, and rounded last to the arrays' type.
type SiLU struct {
	Input    Array
	Factors  []Array
	Output   Array // may be the input or a factor
	Elements int
	Order    int
}

// SiLU is one launch, bound by memory: some 25 operations for 8 bytes, and 4 more for each factor (bfloat16: 4 and 2). All arrays have one type,
// float32 or bfloat16; more than two factors and an order other than 0 to 2 are errors.
func (k *Kernels) SiLU(s driver.Stream, a SiLU) error {
	if len(a.Factors) > 2 || a.Order < 0 || a.Order > 2 || a.Elements < 1 {
		return fmt.Errorf("silu: order %d with %d factors of %d elements; orders 0 to 2 and at most 2 factors are taken", a.Order, len(a.Factors), a.Elements)
	}
	kind, err := floats("silu", a.Output, append([]Array{a.Input}, a.Factors...)...)
	if err != nil {
		return err
	}
	var factors [2]driver.Address
	for i, factor := range a.Factors {
		factors[i] = factor.Address
	}
	vectors := aligned(4*kind.Bytes(), a.Input.Address, factors[0], factors[1], a.Output.Address)
	return k.launch(s, "silu", "silu"+kind.suffix(), k.blocks(parts(a.Elements, chunk)), block, 0,
		a.Input.Address, factors[0], factors[1], a.Output.Address, uint64(a.Elements), int32(a.Order), vectors)
}
