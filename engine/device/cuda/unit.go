//go:build gpu

package cuda

import (
	"fmt"
	"slices"

	"tweedie/engine/device"
	"tweedie/engine/device/arena"
	"tweedie/engine/program"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

// unit prepares the operation of an index, and those behind it that are fused with it.
func (e *executable) unit(index int, plan device.Plan) (unit, error) {
	k, stream := e.device.kernels, e.device.stream
	operation := e.program.Operations[index]
	switch operation.(type) {
	case program.Convolution, program.TransposedConvolution, program.WeightGradient, program.NoiseMap, program.Channels, program.PadChannels,
		program.Extend, program.Reshape, program.SiLU, program.ScaleSamples:
		if err := notInPlace(operation); err != nil {
			return unit{}, err
		}
	}
	switch op := operation.(type) {
	case program.Convolution:
		return e.convolution(index, op, plan)
	case program.TransposedConvolution:
		return e.transposedConvolution(index, op, plan)
	case program.WeightGradient:
		return e.weightGradient(index, op, plan)
	case program.Adam, program.Average:
		return e.optimiser(index)
	case program.GradientNorm:
		return e.gradientNorm(index, op), nil
	case program.Patches:
		shape := op.Output.Shape
		return single(index, func(m memory) error {
			return k.Patches(stream, kernels.Patches{
				Pixels: m.array(op.Samples), Length: op.Samples.Elements(), Index: m.at(op.Index), Images: op.Index.Shape[0],
				Output: m.at(op.Output), Scalars: m.scalars(), Samples: shape[0], Height: shape[1], Width: shape[2],
				Upright: op.Upright, Seed: op.Seed,
			})
		}), nil
	case program.AddNoise:
		samples := op.Clean.Shape[0]
		return single(index, func(m memory) error {
			return k.AddNoise(stream, kernels.AddNoise{
				Clean: m.at(op.Clean), Noisy: m.at(op.Noisy), Levels: m.at(op.Levels), Scalars: m.scalars(), Samples: samples,
				Elements: op.Clean.Elements() / samples, Draw: op.Draws(), From: op.From, To: op.To, Seed: op.Seed, Stream: op.Stream,
			})
		}), nil
	case program.DrawConditions:
		return single(index, func(m memory) error {
			return k.DrawConditions(stream, kernels.DrawConditions{
				Conditions: m.at(op.Conditions), Levels: m.at(op.Levels), Scalars: m.scalars(), Samples: op.Conditions.Shape[0], Components: op.Components,
				Seed: op.Seed,
			})
		}), nil
	case program.Observe:
		samples := op.Clean.Shape[0]
		return single(index, func(m memory) error {
			return k.Observe(stream, kernels.Observe{
				Clean: m.at(op.Clean), Noisy: m.at(op.Noisy), Conditions: m.at(op.Conditions), Scalars: m.scalars(), Samples: samples,
				Elements: op.Clean.Elements() / samples, Seed: op.Seed, Stream: op.Stream,
			})
		}), nil
	case program.Extend:
		shape := op.Input.Shape
		return single(index, func(m memory) error {
			return k.Extend(stream, kernels.Extend{
				Input: m.at(op.Input), Output: m.at(op.Output), Scalars: m.scalars(), Samples: shape[0], Height: shape[1], Width: shape[2],
				Channels: shape[3], Most: op.Most, Share: op.Share, Seed: op.Seed,
			})
		}), nil
	case program.Add:
		return single(index, func(m memory) error {
			a := kernels.Add{Mask: m.array(op.Mask), Output: m.array(op.Output), Elements: op.Output.Elements()}
			for _, input := range op.Inputs {
				a.Inputs = append(a.Inputs, m.array(input))
			}
			return k.Add(stream, a)
		}), nil
	case program.Curve:
		f := op.Formula()
		return single(index, func(m memory) error {
			c := kernels.Curve{
				Input: m.at(op.Input), Output: m.at(op.Output), Elements: op.Output.Elements(), Form: int32(f.Form), A: f.A, B: f.B, D: f.D,
				Slope: f.Slope, Level: f.Level,
			}
			for _, factor := range op.Factors {
				c.Factors = append(c.Factors, m.at(factor))
			}
			return k.Curve(stream, c)
		}), nil
	case program.NoiseMap:
		shape := op.Input.Shape
		return single(index, func(m memory) error {
			return k.NoiseMap(stream, kernels.NoiseMap{
				Input: m.array(op.Input), Level: m.at(op.Level), Output: m.array(op.Output), Samples: shape[0], Positions: shape[1] * shape[2],
				Channels: shape[3],
			})
		}), nil
	case program.Channels:
		return e.channels(index, op.Input, op.Output), nil
	case program.PadChannels:
		return e.channels(index, op.Input, op.Output), nil
	case program.Reshape:
		return single(index, func(m memory) error {
			return k.Add(stream, kernels.Add{Inputs: []kernels.Array{m.array(op.Input)}, Output: m.array(op.Output), Elements: op.Output.Elements()})
		}), nil
	case program.SiLU:
		return single(index, func(m memory) error {
			a := kernels.SiLU{Input: m.array(op.Input), Output: m.array(op.Output), Elements: op.Output.Elements(), Order: op.Order}
			for _, factor := range op.Factors {
				a.Factors = append(a.Factors, m.array(factor))
			}
			return k.SiLU(stream, a)
		}), nil
	case program.ScaleSamples:
		samples := op.Factors[0].Elements() // an element with factors of its own is a sample of one
		return single(index, func(m memory) error {
			a := kernels.ScaleSamples{Output: m.array(op.Output), Samples: samples, Elements: op.Output.Elements() / samples}
			for i, input := range op.Inputs {
				a.Inputs, a.Factors = append(a.Inputs, m.array(input)), append(a.Factors, m.at(op.Factors[i]))
			}
			return k.ScaleSamples(stream, a)
		}), nil
	case program.Precondition:
		return single(index, func(m memory) error {
			return k.Precondition(stream, kernels.Precondition{
				Levels: m.at(op.Levels), Skip: m.at(op.Skip), Out: m.at(op.Out), In: m.at(op.In), Noise: m.at(op.Noise), Weight: m.at(op.Weight),
				Samples: op.Levels.Elements(), SigmaData: op.SigmaData, Least: program.LeastLevel,
				Variances: m.at(op.Variances), Axes: op.Variances.Elements(),
			})
		}), nil
	case program.MSE:
		return e.loss(index, op, k.MSE), nil
	case program.L1:
		return e.loss(index, program.MSE(op), func(s driver.Stream, l kernels.MSE) error { return k.L1(s, kernels.L1(l)) }), nil
	case program.RandomProbe:
		samples := op.Output.Shape[0]
		return single(index, func(m memory) error {
			return k.RandomProbe(stream, kernels.RandomProbe{
				Output: m.at(op.Output), Scalars: m.scalars(), Samples: samples, Elements: op.Output.Elements() / samples, Normal: op.Normal,
				Seed: op.Seed, Stream: op.Stream,
			})
		}), nil
	case program.Displace:
		samples := op.Noisy.Shape[0]
		return single(index, func(m memory) error {
			return k.Displace(stream, kernels.Displace{
				Noisy: m.at(op.Noisy), Probe: m.at(op.Probe), Conditions: m.at(op.Conditions), Levels: m.at(op.Levels), Displaced: m.at(op.Displaced),
				Raised: m.at(op.Raised), Samples: samples, Elements: op.Noisy.Elements() / samples, Share: op.Share,
			})
		}), nil
	case program.SURE:
		return e.risk(index, op), nil
	case program.Record:
		return single(index, func(m memory) error {
			return k.Record(stream, kernels.Record{
				Losses: m.at(op.Losses), Norm: m.at(op.Norm), Ring: m.at(op.Ring), Copy: e.state.rings[op.Ring.Name].at, Scalars: m.scalars(),
				Samples: op.Losses.Elements(), Rows: op.Ring.Shape[0],
			})
		}), nil
	}
	return unit{}, fmt.Errorf("the cuda device does not know %T", operation)
}

func (e *executable) channels(index int, from, to program.Tensor) unit {
	shape := from.Shape
	return single(index, func(m memory) error {
		return e.device.kernels.Channels(e.device.stream, kernels.Channels{
			Input: m.array(from), Output: m.array(to), Positions: shape[0] * shape[1] * shape[2], InputChannels: shape[3], OutputChannels: to.Shape[3],
		})
	})
}

// loss is the unit of a loss that is launched as MSE is.
func (e *executable) loss(index int, op program.MSE, launch func(driver.Stream, kernels.MSE) error) unit {
	samples := op.Denoised.Shape[0]
	elements := op.Denoised.Elements() / samples
	work := workspace(index, "sums", kernels.MSEBytes(samples, elements))
	return single(index, func(m memory) error {
		return launch(e.device.stream, kernels.MSE{
			Denoised: m.at(op.Denoised), Clean: m.at(op.Clean), Losses: m.at(op.Losses), Gradient: m.at(op.Gradient), Samples: samples,
			Elements: elements, Workspace: m[work.Name],
		})
	}, work)
}

func (e *executable) risk(index int, op program.SURE) unit {
	samples := op.Noisy.Shape[0]
	elements := op.Noisy.Elements() / samples
	work := workspace(index, "sums", kernels.MSEBytes(samples, elements))
	return single(index, func(m memory) error {
		u := kernels.SURE{
			Denoised: m.at(op.Denoised), Noisy: m.at(op.Noisy), Probe: m.at(op.Probe), Conditions: m.at(op.Conditions), Losses: m.at(op.Losses),
			Gradient: m.at(op.Gradient), HasTangent: op.Tangent.Present(), Share: op.Share, Samples: samples, Elements: elements, Workspace: m[work.Name],
		}
		if u.HasTangent {
			u.Other, u.OtherGradient = m.at(op.Tangent), m.at(op.TangentGradient)
		} else { // the second half of the samples
			half := driver.Address(op.Noisy.Bytes())
			u.Other, u.OtherGradient = u.Denoised+half, u.Gradient+half
		}
		return e.device.kernels.SURE(e.device.stream, u)
	}, work)
}

func (e *executable) gradientNorm(index int, op program.GradientNorm) unit {
	lengths := make([]int, len(op.Gradients))
	for i, gradient := range op.Gradients {
		lengths[i] = gradient.Elements()
	}
	chunks := kernels.Chunks(lengths...)
	work := workspace(index, "sums", kernels.GradientNormBytes(chunks))
	entries := e.lasting(index, "gradients", kernels.GradientNormTableBytes(chunks))
	u := single(index, func(m memory) error {
		return e.device.kernels.GradientNorm(e.device.stream, kernels.GradientNorm{
			Table: m[entries.Name], Chunks: chunks, Norm: m.at(op.Norm), Workspace: m[work.Name],
		})
	}, work, entries)
	u.tables = []table{{entries, func(m memory) []byte {
		gradients := make([]kernels.Gradient, len(op.Gradients))
		for i, gradient := range op.Gradients {
			gradients[i] = kernels.Gradient{Address: m.at(gradient), Elements: lengths[i]}
		}
		return kernels.GradientNormTable(gradients)
	}}}
	return u
}

// lasting is memory that keeps its contents from run to run.
func (e *executable) lasting(index int, what string, bytes int64) *arena.Span {
	span := workspace(index, "table of "+what, bytes)
	span.First, span.Last = 0, len(e.program.Operations)-1
	return span
}

// notInPlace reports an operation that would overwrite what it still has to read.
func notInPlace(operation program.Operation) error {
	reads := operation.Reads()
	for _, written := range operation.Writes() {
		if slices.ContainsFunc(reads, func(t program.Tensor) bool { return t.Name == written.Name }) {
			return fmt.Errorf("%T reads and writes %v; give the result another name", operation, written)
		}
	}
	return nil
}
