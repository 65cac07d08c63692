package program

import (
	"fmt"
	"slices"
)

// Convolution is a two-dimensional convolution with its epilogue:
//
//	sum[n, y, x, o] = bias[o] + sum over i, ky, kx of input[n, S*y + ky - P, S*x + kx - P, i] * weight[o, i, ky, kx]
//	value           = (Negate ? -sum : sum) + residual0[n, y, x, o] + residual1[n, y, x, o]
//	output          = mask[n, y, x, o] > 0 ? (ReLU ? max(value, 0) : value) : 0
//
// Input is zero outside its borders. Three kernels are known: 3x3 with stride S = 1 and padding P = 1, 1x1 with S = 1 and P = 0,
// and 2x2 with S = 2 and P = 0, for an even height and width. Bias (one value an output channel), Residuals (at most two) and
// Mask are optional; Residuals and Mask have the output's shape and type.
//
// Input and Output are each Float32 or BFloat16. If Input is BFloat16, Weight is rounded to BFloat16 before it is multiplied; sums are Float32
// in any case, and what follows them too, until the result is rounded to the output's type.
type Convolution struct {
	Input, Weight, Bias Tensor
	Residuals           []Tensor
	Mask                Tensor
	Output              Tensor
	Negate, ReLU        bool
}

// Reads lists the tensors that are read.
func (op Convolution) Reads() []Tensor {
	return append(present(op.Input, op.Weight, op.Bias, op.Mask), op.Residuals...)
}

// Writes lists the output.
func (op Convolution) Writes() []Tensor { return []Tensor{op.Output} }

// Stride is the stride S that the kernel's size implies.
func (op Convolution) Stride() int { return kernelStride(op.Weight) }

// Work counts two floating-point operations for each product, borders included.
func (op Convolution) Work() float64 { return convolutionWork(op.Output, op.Weight) }

// Check reports shapes that do not fit.
func (op Convolution) Check() error {
	if err := checkConvolution(op.Input, op.Weight, op.Output); err != nil {
		return fmt.Errorf("convolution: %w", err)
	}
	if err := single(op.Weight, op.Bias); err != nil {
		return fmt.Errorf("convolution: %w", err)
	}
	if op.Bias.Present() && !slices.Equal(op.Bias.Shape, op.Weight.Shape[:1]) {
		return fmt.Errorf("convolution: %v is not one value for each of %d output channels", op.Bias, op.Weight.Shape[0])
	}
	return checkEpilogue("convolution", op.Output, op.Residuals, op.Mask)
}

func (op Convolution) rectified() bool { return op.ReLU }

func (op Convolution) gradient(r *reverse) error {
	gradient, found := r.total(op.Output, reluMask(op.ReLU, op.Output, op.Mask))
	if !found {
		return nil
	}
	r.linear(op.Input, func(residuals []Tensor, mask, output Tensor) Operation {
		return TransposedConvolution{Input: gradient, Weight: op.Weight, Residuals: residuals, Mask: mask, Output: output, Negate: op.Negate}
	})
	r.weight(op.Weight, op.Bias, func(weightGradient, biasGradient Tensor) Operation {
		return WeightGradient{Input: op.Input, OutputGradient: gradient, WeightGradient: weightGradient, BiasGradient: biasGradient, Negate: op.Negate}
	})
	for _, residual := range op.Residuals {
		r.pass(residual, gradient)
	}
	return nil
}

func (op Convolution) tangent(f *forward) error {
	mask := reluMask(op.ReLU, op.Output, op.Mask)
	var linear []linearTerm
	if input, moves := f.of(op.Input); moves {
		linear = append(linear, func(residuals []Tensor, mask, output Tensor) Operation {
			return Convolution{Input: input, Weight: op.Weight, Residuals: residuals, Mask: mask, Output: output, Negate: op.Negate}
		})
	}
	weight, weightMoves := f.of(op.Weight)
	bias, biasMoves := f.of(op.Bias)
	if biasMoves && !weightMoves {
		return fmt.Errorf("convolution: the tangent of %v needs one of %v", op.Bias, op.Weight)
	}
	if weightMoves {
		linear = append(linear, func(residuals []Tensor, mask, output Tensor) Operation {
			return Convolution{Input: op.Input, Weight: weight, Bias: bias, Residuals: residuals, Mask: mask, Output: output, Negate: op.Negate}
		})
	}
	f.sum(op.Output, linear, op.Residuals, mask)
	return nil
}

func kernelStride(weight Tensor) int {
	if weight.Shape[2] == 2 {
		return 2
	}
	return 1
}

func convolutionWork(output, weight Tensor) float64 {
	return 2 * float64(weight.Elements()) * float64(output.Shape[0]*output.Shape[1]*output.Shape[2])
}

// checkConvolution checks that wide, convolved with weight (out, in, k, k), has the shape of narrow.
func checkConvolution(wide, weight, narrow Tensor) error {
	if err := floating(wide, narrow); err != nil {
		return err
	}
	for _, tensor := range []Tensor{wide, narrow} {
		if err := activation(tensor); err != nil {
			return err
		}
	}
	if len(weight.Shape) != 4 || slices.Min(weight.Shape) < 1 {
		return fmt.Errorf("%v is not (output channels, input channels, height, width)", weight)
	}
	if k := weight.Shape[2]; k != weight.Shape[3] || k > 3 {
		return fmt.Errorf("the kernel of %v is not 1x1, 2x2 or 3x3", weight)
	}
	stride := kernelStride(weight)
	if wide.Shape[1]%stride != 0 || wide.Shape[2]%stride != 0 {
		return fmt.Errorf("height and width of %v are not multiples of the stride %d", wide, stride)
	}
	want := []int{wide.Shape[0], wide.Shape[1] / stride, wide.Shape[2] / stride, weight.Shape[0]}
	if weight.Shape[1] != wide.Shape[3] || !slices.Equal(narrow.Shape, want) {
		return fmt.Errorf("%v, %v and %v do not fit", wide, weight, narrow)
	}
	return nil
}

func checkEpilogue(name string, output Tensor, residuals []Tensor, mask Tensor) error {
	if len(residuals) > 2 {
		return fmt.Errorf("%s: %d residuals, at most 2 are taken", name, len(residuals))
	}
	if err := sameShape(output, append([]Tensor{mask}, residuals...)...); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := sameType(output, append([]Tensor{mask}, residuals...)...); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// reluMask is the tensor whose positive elements let a gradient through: a rectified output masks its own gradient, and is
// zero wherever its mask was.
func reluMask(relu bool, output, mask Tensor) Tensor {
	if relu {
		return output
	}
	return mask
}
