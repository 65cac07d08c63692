package program

import "fmt"

// TransposedConvolution is the adjoint of Convolution with the same weight, and its epilogue:
//
//	sum[n, y, x, i] = sum over o, ky, kx and all (v, u) with S*v + ky - P = y, S*u + kx - P = x of input[n, v, u, o] * weight[o, i, ky, kx]
//
// then Negate, Residuals and Mask as in Convolution, and its types. Input has the weight's first dimension as channels, the output its second; with a
// 2x2 kernel the output is twice as high and wide. It is both PyTorch's ConvTranspose2d and a convolution's data gradient.
type TransposedConvolution struct {
	Input, Weight Tensor
	Residuals     []Tensor
	Mask          Tensor
	Output        Tensor
	Negate        bool
}

// Reads lists the tensors that are read.
func (op TransposedConvolution) Reads() []Tensor {
	return append(present(op.Input, op.Weight, op.Mask), op.Residuals...)
}

// Writes lists the output.
func (op TransposedConvolution) Writes() []Tensor { return []Tensor{op.Output} }

// Stride is the stride S of the convolution whose adjoint this is.
func (op TransposedConvolution) Stride() int { return kernelStride(op.Weight) }

// Work counts two floating-point operations for each product, borders included.
func (op TransposedConvolution) Work() float64 { return convolutionWork(op.Input, op.Weight) }

// Check reports shapes that do not fit.
func (op TransposedConvolution) Check() error {
	if err := checkConvolution(op.Output, op.Weight, op.Input); err != nil {
		return fmt.Errorf("transposed convolution: %w", err)
	}
	if err := single(op.Weight); err != nil {
		return fmt.Errorf("transposed convolution: %w", err)
	}
	return checkEpilogue("transposed convolution", op.Output, op.Residuals, op.Mask)
}

func (op TransposedConvolution) gradient(r *reverse) error {
	gradient, found := r.total(op.Output, op.Mask)
	if !found {
		return nil
	}
	r.linear(op.Input, func(residuals []Tensor, mask, output Tensor) Operation {
		return Convolution{Input: gradient, Weight: op.Weight, Residuals: residuals, Mask: mask, Output: output, Negate: op.Negate}
	})
	// <gradient, A'(weight) input> = <A(weight) gradient, input>: the weight gradient with its two arguments exchanged.
	r.weight(op.Weight, Tensor{}, func(weightGradient, _ Tensor) Operation {
		return WeightGradient{Input: gradient, OutputGradient: op.Input, WeightGradient: weightGradient, Negate: op.Negate}
	})
	for _, residual := range op.Residuals {
		r.pass(residual, gradient)
	}
	return nil
}

func (op TransposedConvolution) tangent(f *forward) error {
	var linear []linearTerm
	add := func(input, weight Tensor) {
		linear = append(linear, func(residuals []Tensor, mask, output Tensor) Operation {
			return TransposedConvolution{Input: input, Weight: weight, Residuals: residuals, Mask: mask, Output: output, Negate: op.Negate}
		})
	}
	if input, moves := f.of(op.Input); moves {
		add(input, op.Weight)
	}
	if weight, moves := f.of(op.Weight); moves {
		add(op.Input, weight)
	}
	f.sum(op.Output, linear, op.Residuals, op.Mask)
	return nil
}
