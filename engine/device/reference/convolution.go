package reference

import "tweedie/engine/program"

// products calls visit(wide, narrow, weight) with the flat index of each factor of each product of a convolution of the wide image with
// the weight, whose results are the narrow image: the sums that Convolution, its adjoint and its weight gradient share.
func products(wide, weight, narrow program.Tensor, visit func(wide, narrow, weight int)) {
	kernel := weight.Shape[2]
	stride, padding := 1, kernel/2
	if kernel == 2 {
		stride, padding = 2, 0
	}
	outputs, inputs := weight.Shape[0], weight.Shape[1]
	wideHeight, wideWidth := wide.Shape[1], wide.Shape[2]
	for n := range narrow.Shape[0] {
		for y := range narrow.Shape[1] {
			for x := range narrow.Shape[2] {
				for ky := range kernel {
					for kx := range kernel {
						v, u := stride*y+ky-padding, stride*x+kx-padding
						if v < 0 || v >= wideHeight || u < 0 || u >= wideWidth {
							continue
						}
						for o := range outputs {
							for i := range inputs {
								visit(((n*wideHeight+v)*wideWidth+u)*inputs+i,
									((n*narrow.Shape[1]+y)*narrow.Shape[2]+x)*outputs+o,
									((o*inputs+i)*kernel+ky)*kernel+kx)
							}
						}
					}
				}
			}
		}
	}
}

func (m memory) convolution(op program.Convolution) {
	input, weight, output := m.float64s(op.Input), m.factor(op.Weight, op.Input.Type), m.float64s(op.Output)
	clear(output)
	products(op.Input, op.Weight, op.Output, func(wide, narrow, w int) { output[narrow] += input[wide] * weight[w] })
	if bias := m.float64s(op.Bias); bias != nil {
		for i := range output {
			output[i] += bias[i%len(bias)]
		}
	}
	m.epilogue(output, op.Negate, op.Residuals, op.ReLU, op.Mask)
}

func (m memory) transposedConvolution(op program.TransposedConvolution) {
	input, weight, output := m.float64s(op.Input), m.factor(op.Weight, op.Input.Type), m.float64s(op.Output)
	clear(output)
	products(op.Output, op.Weight, op.Input, func(wide, narrow, w int) { output[wide] += input[narrow] * weight[w] })
	m.epilogue(output, op.Negate, op.Residuals, false, op.Mask)
}

func (m memory) epilogue(output []float64, negate bool, residuals []program.Tensor, relu bool, maskTensor program.Tensor) {
	if negate {
		for i := range output {
			output[i] = -output[i]
		}
	}
	for _, residual := range residuals {
		for i, value := range m.float64s(residual) {
			output[i] += value
		}
	}
	if relu {
		for i := range output {
			output[i] = max(output[i], 0)
		}
	}
	m.mask(output, maskTensor)
}

// mask zeroes the elements whose mask is not positive.
func (m memory) mask(output []float64, mask program.Tensor) {
	for i, value := range m.float64s(mask) {
		if !(value > 0) {
			output[i] = 0
		}
	}
}

func (m memory) weightGradient(op program.WeightGradient) {
	input, outputGradient, weightGradient := m.float64s(op.Input), m.float64s(op.OutputGradient), m.float64s(op.WeightGradient)
	sign := 1.0
	if op.Negate {
		sign = -1
	}
	clear(weightGradient)
	products(op.Input, op.WeightGradient, op.OutputGradient, func(wide, narrow, w int) {
		weightGradient[w] += sign * input[wide] * outputGradient[narrow]
	})
	if biasGradient := m.float64s(op.BiasGradient); biasGradient != nil {
		clear(biasGradient)
		for i, value := range outputGradient {
			biasGradient[i%len(biasGradient)] += sign * value
		}
	}
}
