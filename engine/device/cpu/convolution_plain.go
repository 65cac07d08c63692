//go:build !cgo

package cpu

import "tweedie/engine/program"

// window is a convolution's geometry: wide is its input, narrow its output, whichever of the two is computed.
type window struct {
	samples, wideHeight, wideWidth, narrowHeight, narrowWidth int
	inputs, outputs, kernel, stride, padding                  int
}

func windowOf(wide, weight, narrow program.Tensor) window {
	w := window{
		samples: wide.Shape[0], wideHeight: wide.Shape[1], wideWidth: wide.Shape[2], narrowHeight: narrow.Shape[1], narrowWidth: narrow.Shape[2],
		inputs: weight.Shape[1], outputs: weight.Shape[0], kernel: weight.Shape[2], stride: 1, padding: weight.Shape[2] / 2,
	}
	if w.kernel == 2 {
		w.stride, w.padding = 2, 0
	}
	return w
}

// pairs calls visit with each pair of a wide and a narrow pixel that a tap joins, in a fixed order: the index of the first channel in
// both, and the tap.
func (w window) pairs(visit func(wide, narrow, tap int)) {
	for n := range w.samples {
		for y := range w.narrowHeight {
			for x := range w.narrowWidth {
				for ky := range w.kernel {
					for kx := range w.kernel {
						v, u := w.stride*y+ky-w.padding, w.stride*x+kx-w.padding
						if v >= 0 && v < w.wideHeight && u >= 0 && u < w.wideWidth {
							visit(((n*w.wideHeight+v)*w.wideWidth+u)*w.inputs, ((n*w.narrowHeight+y)*w.narrowWidth+x)*w.outputs, ky*w.kernel+kx)
						}
					}
				}
			}
		}
	}
}

func (choice) convolution(op program.Convolution) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		w, input, weight, output := windowOf(op.Input, op.Weight, op.Output), m.floats(op.Input), m.floats(op.Weight), m.floats(op.Output)
		area := w.kernel * w.kernel
		finish := epilogue(m, op.Output, op.Bias, op.Residuals, op.Mask, op.Negate, op.ReLU)
		return func(program.Scalars) {
			clear(output)
			w.pairs(func(wide, narrow, tap int) {
				for o := range w.outputs {
					sum := output[narrow+o]
					for i := range w.inputs {
						sum += float32(input[wide+i] * weight[(o*w.inputs+i)*area+tap])
					}
					output[narrow+o] = sum
				}
			})
			finish()
		}
	})
}

func (choice) transposedConvolution(op program.TransposedConvolution) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		w, input, weight, output := windowOf(op.Output, op.Weight, op.Input), m.floats(op.Input), m.floats(op.Weight), m.floats(op.Output)
		area := w.kernel * w.kernel
		finish := epilogue(m, op.Output, program.Tensor{}, op.Residuals, op.Mask, op.Negate, false)
		return func(program.Scalars) {
			clear(output)
			w.pairs(func(wide, narrow, tap int) {
				for i := range w.inputs {
					sum := output[wide+i]
					for o := range w.outputs {
						sum += float32(input[narrow+o] * weight[(o*w.inputs+i)*area+tap])
					}
					output[wide+i] = sum
				}
			})
			finish()
		}
	})
}

func (choice) weightGradient(op program.WeightGradient) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		w := windowOf(op.Input, op.WeightGradient, op.OutputGradient)
		input, outputGradient := m.floats(op.Input), m.floats(op.OutputGradient)
		weightGradient, biasGradient := m.floats(op.WeightGradient), m.floats(op.BiasGradient)
		area := w.kernel * w.kernel
		return func(program.Scalars) {
			clear(weightGradient)
			w.pairs(func(wide, narrow, tap int) {
				for o := range w.outputs {
					g := outputGradient[narrow+o]
					for i := range w.inputs {
						weightGradient[(o*w.inputs+i)*area+tap] += float32(g * input[wide+i])
					}
				}
			})
			if op.Negate {
				for i := range weightGradient {
					weightGradient[i] = -weightGradient[i]
				}
			}
			for o := range biasGradient {
				sum := float32(0)
				for i := o; i < len(outputGradient); i += len(biasGradient) {
					sum += outputGradient[i]
				}
				if op.Negate {
					sum = -sum
				}
				biasGradient[o] = sum
			}
		}
	})
}

// epilogue turns the sums in output into the result, as package program's Convolution defines it.
func epilogue(m memory, out, biasTensor program.Tensor, residuals []program.Tensor, maskTensor program.Tensor, negate, relu bool) func() {
	output, bias, mask := m.floats(out), m.floats(biasTensor), m.floats(maskTensor)
	var added [][]float32
	for _, residual := range residuals {
		added = append(added, m.floats(residual))
	}
	return func() {
		for i, value := range output {
			if bias != nil {
				value += bias[i%len(bias)]
			}
			if negate {
				value = -value
			}
			for _, residual := range added {
				value += residual[i]
			}
			if relu && value < 0 || mask != nil && !(mask[i] > 0) {
				value = 0
			}
			output[i] = value
		}
	}
}
