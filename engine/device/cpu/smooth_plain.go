//go:build !cgo

package cpu

import (
	"math"

	"tweedie/engine/program"
)

// decay is exp(-a) of a >= 0, as smooth.h computes it.
func decay(a float32) float32 {
	if !(a <= 87) { // NaN too, whose result is multiplied by it
		return 0
	}
	n := int32(float32(a*1.44269504) + 0.5)
	whole := float32(n)
	r := float32(whole*0.693359375) - a
	r -= float32(whole * 2.12194440e-4)
	p := float32(1.9875691500e-4)
	p = float32(p*r) + 1.3981999507e-3
	p = float32(p*r) + 8.3334519073e-3
	p = float32(p*r) + 4.1665795894e-2
	p = float32(p*r) + 1.6666665459e-1
	p = float32(p*r) + 5.0000001201e-1
	p = float32(p*float32(r*r)) + r + 1
	return p * math.Float32frombits(uint32(127-n)<<23)
}

func siluValue(x float32, order int) float32 {
	t := decay(max(x, -x))
	s, rest := 1/(1+t), t/(1+t)
	if x < 0 {
		s, rest = rest, s
	}
	switch order {
	case 0:
		return x * s
	case 1:
		return s * (1 + float32(x*rest))
	}
	return s * rest * (2 + float32(x*(rest-s)))
}

func (b *backend) silu(op program.SiLU) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		input, output := m.floats(op.Input), m.floats(op.Output)
		var factors [][]float32
		for _, factor := range op.Factors {
			factors = append(factors, m.floats(factor))
		}
		return func(program.Scalars) {
			for i, x := range input {
				value := siluValue(x, op.Order)
				for _, factor := range factors {
					value *= factor[i]
				}
				output[i] = value
			}
		}
	})
}

func (b *backend) scaleSamples(op program.ScaleSamples) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		output, elements := m.floats(op.Output), op.Output.Elements()/op.Factors[0].Elements() // of a factor
		var inputs, factors [][]float32
		for i, input := range op.Inputs {
			inputs, factors = append(inputs, m.floats(input)), append(factors, m.floats(op.Factors[i]))
		}
		return func(program.Scalars) {
			for i := range output {
				output[i] = factors[0][i/elements] * inputs[0][i]
				if len(inputs) > 1 {
					output[i] += float32(factors[1][i/elements] * inputs[1][i])
				}
			}
		}
	})
}
