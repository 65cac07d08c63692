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
	for k, input := range op.Inputs {
		factors := m.float64s(op.Factors[k])
		perFactor := len(output) / len(factors)
		for i, value := range m.float64s(input) {
			output[i] += factors[i/perFactor] * value
		}
	}
}

func (m memory) precondition(op program.Precondition) {
	variances := []float64{float64(op.SigmaData) * float64(op.SigmaData)}
	if op.Variances.Present() {
		variances = m.float64s(op.Variances)
	}
	put := func(result program.Tensor, i int, value float64) {
		if result.Present() {
			m.float64s(result)[i] = value
		}
	}
	axes := len(variances)
	for n, level := range m.float64s(op.Levels) {
		s, sum := max(level, program.LeastLevel), 0.0
		for axis, variance := range variances {
			total := s*s + variance
			out := s * math.Sqrt(variance/total)
			put(op.Skip, n*axes+axis, variance/total)
			put(op.Out, n*axes+axis, out)
			put(op.In, n*axes+axis, 1/math.Sqrt(total))
			sum += out * out
		}
		put(op.Noise, n, math.Log(s)/4)
		put(op.Weight, n, float64(axes)/sum)
	}
}
