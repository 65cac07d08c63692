//go:build gpu

package cuda

import (
	"strings"

	"tweedie/cudnn"
	"tweedie/engine/device/arena"
	"tweedie/engine/program"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

// sums is how a library computes the sums of a convolution, or of a weight gradient, by output channel, row, column and input channel.
type sums struct {
	kind    kernels.Type // of the result
	spans   []*arena.Span
	enqueue func(m memory, first, second, result driver.Address) error
}

// libraryConvolution prepares a convolution whose sums a library computes; what follows them is a pass of its own, if there is any.
func (e *executable) libraryConvolution(
	index int, op program.TransposedConvolution, c kernels.Convolution, bias program.Tensor, relu bool, algorithm kernels.Algorithm,
) (unit, error) {
	var s sums
	if name, number, _ := strings.Cut(string(algorithm), " "); name == byCUBLAS {
		kind := kernels.Float32
		if c.Input == kernels.BFloat16 && c.Output == kernels.BFloat16 && roundable(op, bias) {
			kind = kernels.BFloat16
		}
		s = e.convolutionProducts(index, c, kind)
	} else {
		var err error
		if s, err = e.cudnnSums(index, forward(c), direction(c), number); err != nil {
			return unit{}, err
		}
	}
	packed := e.weights.add(e.program.Operations, index, op.Weight, forward(c), kernels.Library)
	result := op.Output.Name
	if s.kind != c.Output {
		span := workspace(index, "sums", int64(op.Output.Elements()*s.kind.Bytes()))
		s.spans, result = append(s.spans, span), span.Name
	}
	u := single(index, func(m memory) error {
		if err := s.enqueue(m, m.at(op.Input), m[packed], m[result]); err != nil {
			return err
		}
		epilogue := kernels.Epilogue{
			Sums: kernels.Array{Address: m[result], Type: s.kind}, Bias: m.at(bias), Mask: m.at(op.Mask), Output: m.array(op.Output),
			Elements: op.Output.Elements(), Channels: c.OutChannels, Negate: op.Negate, ReLU: relu,
		}
		for i, residual := range op.Residuals {
			epilogue.Residuals[i] = m.at(residual)
		}
		if !epilogue.Needed() {
			return nil
		}
		return e.device.kernels.Epilogue(e.device.stream, epilogue)
	}, s.spans...)
	u.reads = []string{packed}
	return u, nil
}

// roundable says whether rounding the sums to the output's type before what follows them changes nothing, since nothing is added: a sign, a
// mask and ReLU keep a rounded number.
func roundable(op program.TransposedConvolution, bias program.Tensor) bool {
	return !bias.Present() && len(op.Residuals) == 0
}

// libraryWeightGradient prepares a weight gradient whose sums a library computes, and turns them into our order; the bias's gradient is
// summed beside it.
func (e *executable) libraryWeightGradient(
	index int, op program.WeightGradient, g kernels.WeightGradient, algorithm kernels.Algorithm,
) (unit, error) {
	var s sums
	if name, number, _ := strings.Cut(string(algorithm), " "); name == byCUBLAS {
		s = e.weightGradientProducts(index, g)
	} else {
		var err error
		if s, err = e.cudnnSums(index, convolutionOf(g), cudnn.WeightGradient, number); err != nil {
			return unit{}, err
		}
	}
	k, stream, taps := e.device.kernels, e.device.stream, g.Kernel*g.Kernel
	result := op.WeightGradient.Name
	if taps > 1 || op.Negate {
		span := workspace(index, "sums", int64(op.WeightGradient.Bytes()))
		s.spans, result = append(s.spans, span), span.Name
	}
	gradient := op.OutputGradient
	pixels := gradient.Elements() / g.OutChannels
	beside := workspace(index, "sums of channels", 0)
	if op.BiasGradient.Present() {
		beside.Bytes = int(kernels.ChannelSumsBytes(pixels, g.OutChannels))
		s.spans = append(s.spans, beside)
	}
	return single(index, func(m memory) error {
		if err := s.enqueue(m, m.at(op.Input), m.at(gradient), m[result]); err != nil {
			return err
		}
		if result != op.WeightGradient.Name {
			err := k.Exchange(stream, kernels.Exchange{
				Input: kernels.Array{Address: m[result]}, Output: m.array(op.WeightGradient), Rows: g.OutChannels, First: taps, Second: g.Channels,
				Length: 1, Negate: op.Negate,
			})
			if err != nil {
				return err
			}
		}
		if !op.BiasGradient.Present() {
			return nil
		}
		return k.ChannelSums(stream, kernels.ChannelSums{
			Input: m.array(gradient), Pixels: pixels, Channels: g.OutChannels, Sums: m.at(op.BiasGradient), Negate: op.Negate,
			Workspace: m[beside.Name],
		})
	}, s.spans...), nil
}
