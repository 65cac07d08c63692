//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// Curve maps elements by a function that makes noise alike at all intensities, or by an inverse or derivative of one, and multiplies by up to two factors:
//
//	output[i] = F(input[i]) * factors[0][i] * factors[1][i]
//
// all float32. F is Slope t + Level below 0, else the form of a number with the coefficients A, B and D, bit by bit as package program prescribes (Formula). Output
// may be one of the others.
type Curve struct {
	Input, Output driver.Address
	Factors       []driver.Address
	Elements      int
	Form          int32
	A, B, D       float32
	Slope, Level  float32
}

// Curve is one launch, bound by memory: an element is read from the input and each factor and written once.
func (k *Kernels) Curve(s driver.Stream, c Curve) error {
	if len(c.Factors) > 2 || c.Elements < 1 {
		return fmt.Errorf("curve: %d factors of %d elements; at most 2 of at least one are taken", len(c.Factors), c.Elements)
	}
	var factors [2]driver.Address
	copy(factors[:], c.Factors)
	return k.launch(s, "curve", "curve", k.blocks(parts(c.Elements, chunk)), block, 0, c.Input, factors[0], factors[1], c.Output,
		uint64(c.Elements), c.Form, c.A, c.B, c.D, c.Slope, c.Level)
}
