package program

import (
	"fmt"
	"slices"
)

// WeightGradient is the derivative of <OutputGradient, Convolution(Input, Weight, Bias)> by Weight and Bias:
//
//	weightGradient[o, i, ky, kx] = ± sum over n, y, x of input[n, S*y + ky - P, S*x + kx - P, i] * outputGradient[n, y, x, o]
//	biasGradient[o]              = ± sum over n, y, x of outputGradient[n, y, x, o]
//
// with the minus sign if Negate. The kernel's size is that of WeightGradient; BiasGradient is optional.
type WeightGradient struct {
	Input, OutputGradient        Tensor
	WeightGradient, BiasGradient Tensor
	Negate                       bool
}

// Reads lists the two factors.
func (op WeightGradient) Reads() []Tensor { return []Tensor{op.Input, op.OutputGradient} }

// Writes lists the gradients.
func (op WeightGradient) Writes() []Tensor { return present(op.WeightGradient, op.BiasGradient) }

// Stride is the stride S that the kernel's size implies.
func (op WeightGradient) Stride() int { return kernelStride(op.WeightGradient) }

// Work counts two floating-point operations for each product, borders included.
func (op WeightGradient) Work() float64 { return convolutionWork(op.OutputGradient, op.WeightGradient) }

// Check reports shapes that do not fit.
func (op WeightGradient) Check() error {
	if err := checkConvolution(op.Input, op.WeightGradient, op.OutputGradient); err != nil {
		return fmt.Errorf("weight gradient: %w", err)
	}
	if err := single(op.WeightGradient, op.BiasGradient); err != nil {
		return fmt.Errorf("weight gradient: %w", err)
	}
	if op.BiasGradient.Present() && !slices.Equal(op.BiasGradient.Shape, op.WeightGradient.Shape[:1]) {
		return fmt.Errorf("weight gradient: %v is not one value for each output channel", op.BiasGradient)
	}
	return nil
}
