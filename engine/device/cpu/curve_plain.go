//go:build !cgo

package cpu

import "tweedie/engine/program"

func (b *backend) curve(op program.Curve) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		input, output, formula := m.floats(op.Input), m.floats(op.Output), op.Formula()
		var factors [][]float32
		for _, factor := range op.Factors {
			factors = append(factors, m.floats(factor))
		}
		return func(program.Scalars) {
			for i, t := range input {
				value := formula.At(t)
				for _, factor := range factors {
					value *= factor[i]
				}
				output[i] = value
			}
		}
	})
}
