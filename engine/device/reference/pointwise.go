package reference

import (
	"math"

	"tweedie/engine/program"
)

func (m memory) add(op program.Add) {
	output := m.float64s(op.Output)
	for i := range output {
		sum := 0.0
		for _, input := range op.Inputs {
			sum += m.float64s(input)[i]
		}
		output[i] = sum
	}
	m.mask(output, op.Mask)
}

func (m memory) noiseMap(op program.NoiseMap) {
	m.copyChannels(op.Input, op.Output)
	output, level := m.float64s(op.Output), m.float64s(op.Level)
	channels := op.Output.Shape[3]
	perSample := len(output) / len(level)
	for i := channels - 1; i < len(output); i += channels {
		output[i] = level[i/perSample]
	}
}

// copyChannels copies the channels that both tensors have and sets the output's others to zero.
func (m memory) copyChannels(from, to program.Tensor) {
	input, output := m.float64s(from), m.float64s(to)
	inputs, outputs := from.Shape[3], to.Shape[3]
	for i := range output {
		if c := i % outputs; c < inputs {
			output[i] = input[i/outputs*inputs+c]
		} else {
			output[i] = 0
		}
	}
}

func (m memory) mse(op program.MSE) {
	denoised, clean, losses := m.float64s(op.Denoised), m.float64s(op.Clean), m.float64s(op.Losses)
	gradient := m.float64s(op.Gradient)
	perSample := len(denoised) / len(losses)
	clear(losses)
	for i := range denoised {
		difference := denoised[i] - clean[i]
		losses[i/perSample] += difference * difference / float64(perSample)
		if gradient != nil {
			gradient[i] = 2 * difference / float64(len(denoised))
		}
	}
}

func (m memory) l1(op program.L1) {
	denoised, clean, losses := m.float64s(op.Denoised), m.float64s(op.Clean), m.float64s(op.Losses)
	gradient := m.float64s(op.Gradient)
	perSample := len(denoised) / len(losses)
	clear(losses)
	for i := range denoised {
		difference := denoised[i] - clean[i]
		losses[i/perSample] += math.Abs(difference) / float64(perSample)
		if gradient == nil {
			continue
		}
		switch {
		case difference > 0:
			gradient[i] = 1 / float64(len(denoised))
		case difference < 0:
			gradient[i] = -1 / float64(len(denoised))
		default: // 0 or NaN
			gradient[i] = difference
		}
	}
}

func (m memory) gradientNorm(op program.GradientNorm) {
	sum := 0.0
	for _, gradient := range op.Gradients {
		for _, value := range m.float64s(gradient) {
			sum += value * value
		}
	}
	m.float64s(op.Norm)[0] = math.Sqrt(sum)
}

func (m memory) adam(op program.Adam, scalars program.Scalars) {
	norm := m.float64s(op.Norm)[0]
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return
	}
	scale := 1.0
	if clip := program.Decimal(op.Clip); clip > 0 && norm > clip {
		scale = clip / norm
	}
	weight, gradient := m.float64s(op.Weight), m.float64s(op.Gradient)
	first, second := m.float64s(op.FirstMoment), m.float64s(op.SecondMoment)
	beta1, beta2, epsilon := program.Decimal(op.Beta1), program.Decimal(op.Beta2), program.Decimal(op.Epsilon)
	t := float64(scalars.Step) + 1
	correction1, correction2 := 1-math.Pow(beta1, t), 1-math.Pow(beta2, t)
	for i := range gradient {
		g := scale * gradient[i]
		first[i] = beta1*first[i] + (1-beta1)*g
		second[i] = beta2*second[i] + (1-beta2)*g*g
		weight[i] -= program.Decimal(scalars.LearningRate) * (first[i] / correction1) / (math.Sqrt(second[i]/correction2) + epsilon)
	}
}

func (m memory) average(op program.Average, scalars program.Scalars) {
	average, weight := m.float64s(op.Average), m.float64s(op.Weight)
	t := float64(scalars.Step) + 1
	decay := min(program.Decimal(op.Decay), (1+t)/(10+t))
	for i := range average {
		average[i] += (1 - decay) * (weight[i] - average[i])
	}
}

func (m memory) record(op program.Record, scalars program.Scalars) {
	losses, ring := m.float64s(op.Losses), m.float64s(op.Ring)
	mean := 0.0
	for _, loss := range losses {
		mean += loss / float64(len(losses))
	}
	row := int(scalars.Step % uint64(op.Ring.Shape[0]))
	ring[2*row], ring[2*row+1] = mean, m.float64s(op.Norm)[0]
}
