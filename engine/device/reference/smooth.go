package reference

import (
	"math"

	"tweedie/engine/program"
)

func (m memory) silu(op program.SiLU) {
	input, output := m.float64s(op.Input), m.float64s(op.Output)
	for i, x := range input {
		s, rest := 1/(1+math.Exp(-x)), 1/(1+math.Exp(x))
		switch op.Order {
		case 0:
			output[i] = x * s
		case 1:
			output[i] = s * (1 + x*rest)
		case 2:
			output[i] = s * rest * (2 + x*(rest-s))
		}
		for _, factor := range op.Factors {
			output[i] *= m.float64s(factor)[i]
		}
	}
}

func (m memory) scaleSamples(op program.ScaleSamples) {
	output := m.float64s(op.Output)
	clear(output)
	perSample := len(output) / op.Output.Shape[0]
	for k, input := range op.Inputs {
		factors := m.float64s(op.Factors[k])
		for i, value := range m.float64s(input) {
			output[i] += factors[i/perSample] * value
		}
	}
}

func (m memory) precondition(op program.Precondition) {
	d := float64(op.SigmaData)
	for n, level := range m.float64s(op.Levels) {
		s := max(level, program.LeastLevel)
		total := s*s + d*d
		for result, value := range map[*program.Tensor]float64{
			&op.Skip: d * d / total, &op.Out: s * d / math.Sqrt(total), &op.In: 1 / math.Sqrt(total), &op.Noise: math.Log(s) / 4,
			&op.Weight: total / (s * d * s * d),
		} {
			if result.Present() {
				m.float64s(*result)[n] = value
			}
		}
	}
}
