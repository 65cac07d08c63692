//go:build gpu

package cuda

import (
	"fmt"

	"tweedie/engine/device"
	"tweedie/engine/device/arena"
	"tweedie/engine/program"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

func (e *executable) convolution(index int, op program.Convolution, plan device.Plan) (unit, error) {
	transposed := program.TransposedConvolution{
		Input: op.Input, Weight: op.Weight, Residuals: op.Residuals, Mask: op.Mask, Output: op.Output, Negate: op.Negate,
	}
	key := convolutionKey("convolution", op.Output, op.Weight, op.Input, op.Output, roundable(transposed, op.Bias))
	return e.anyConvolution(index, key, transposed, op.Bias, op.ReLU, false, plan)
}

func (e *executable) transposedConvolution(index int, op program.TransposedConvolution, plan device.Plan) (unit, error) {
	key := convolutionKey("transposed convolution", op.Output, op.Weight, op.Input, op.Output, roundable(op, program.Tensor{}))
	return e.anyConvolution(index, key, op, program.Tensor{}, false, true, plan)
}

// anyConvolution prepares a convolution, described by the fields that it shares with its adjoint, or the adjoint.
func (e *executable) anyConvolution(
	index int, key string, op program.TransposedConvolution, bias program.Tensor, relu, transposed bool, plan device.Plan,
) (unit, error) {
	c := convolutionShape(op.Input, op.Output, op.Weight, transposed)
	algorithm, err := e.choose(key, e.device.kernels.ConvolutionAlgorithms(c), func() ([]kernels.Algorithm, error) {
		return e.device.libraries.convolutionAlgorithms(c, roundable(op, bias))
	}, plan)
	if err != nil {
		return unit{}, err
	}
	if algorithm == kernels.Wgmma {
		if err := e.device.compareWgmma(); err != nil {
			return unit{}, err
		}
	}
	if ofLibrary(algorithm) {
		return e.libraryConvolution(index, op, c, bias, relu, algorithm)
	}
	packed := e.weights.add(e.program.Operations, index, op.Weight, c, algorithm)
	u := single(index, func(m memory) error {
		arrays := kernels.ConvolutionArrays{
			Input: m.at(op.Input), Packed: m[packed], Bias: m.at(bias), Mask: m.at(op.Mask), Output: m.at(op.Output), Negate: op.Negate, ReLU: relu,
		}
		for i, residual := range op.Residuals {
			arrays.Residuals[i] = m.at(residual)
		}
		return e.device.kernels.Convolve(e.device.stream, c, algorithm, arrays)
	})
	u.reads = []string{packed}
	return u, nil
}

func (e *executable) weightGradient(index int, op program.WeightGradient, plan device.Plan) (unit, error) {
	g := weightGradientShape(op)
	key := convolutionKey("weight gradient", op.OutputGradient, op.WeightGradient, op.Input, op.OutputGradient, true)
	own := e.device.kernels.WeightGradientAlgorithms(g)
	if planned := kernels.Algorithm(plan.Algorithms[key]); g.Computes(planned) {
		own = append(own, planned) // the plan may be of a device with other multiprocessors
	}
	algorithm, err := e.choose(key, own, func() ([]kernels.Algorithm, error) {
		return e.device.libraries.weightGradientAlgorithms(g)
	}, plan)
	if err != nil {
		return unit{}, err
	}
	if ofLibrary(algorithm) {
		return e.libraryWeightGradient(index, op, g, algorithm)
	}
	side, stream := e.branches(index), e.device.stream
	if side {
		stream = e.device.side
	}
	work := workspace(index, "sums", g.WorkspaceBytes(algorithm))
	u := single(index, func(m memory) error {
		return e.device.kernels.WeightGradient(stream, g, algorithm, kernels.WeightGradientArrays{
			Input: m.at(op.Input), OutputGradient: m.at(op.OutputGradient), Gradient: m.at(op.WeightGradient), BiasGradient: m.at(op.BiasGradient),
			Negate: op.Negate, Workspace: m[work.Name],
		})
	}, work)
	u.side = side
	return u, nil
}

func convolutionShape(input, output, weight program.Tensor, transposed bool) kernels.Convolution {
	shape := input.Shape
	return kernels.Convolution{
		Samples: shape[0], Height: shape[1], Width: shape[2], Channels: shape[3], OutChannels: output.Shape[3], Kernel: weight.Shape[2],
		Transposed: transposed, Input: typeOf(input), Output: typeOf(output),
	}
}

func weightGradientShape(op program.WeightGradient) kernels.WeightGradient {
	shape := op.Input.Shape
	return kernels.WeightGradient{
		Samples: shape[0], Height: shape[1], Width: shape[2], Channels: shape[3], OutChannels: op.OutputGradient.Shape[3],
		Kernel: op.WeightGradient.Shape[2], Input: typeOf(op.Input), OutputGradient: typeOf(op.OutputGradient),
	}
}

// single is the unit of one operation.
func single(index int, launch func(m memory) error, spans ...*arena.Span) unit {
	return unit{first: index, last: index, spans: spans, launch: launch}
}

// workspace is memory for one operation.
func workspace(index int, what string, bytes int64) *arena.Span {
	return &arena.Span{Name: fmt.Sprintf("%s of operation %d", what, index), Bytes: int(bytes), First: index, Last: index}
}

func (m memory) scalars() driver.Address { return m[scalarsName] }
