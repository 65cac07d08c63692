package reference

import (
	"math"

	"tweedie/engine/program"
)

func (m memory) curve(op program.Curve) {
	input, output := m.float64s(op.Input), m.float64s(op.Output)
	for i, t := range input {
		value := curveAt(op, t)
		for _, factor := range op.Factors {
			value *= m.float64s(factor)[i]
		}
		output[i] = value
	}
}

// curveAt is the value or derivative at t.
func curveAt(op program.Curve, t float64) float64 {
	if t < 0 { // the line through 0 of the slope there
		line := op
		line.Order = 1
		return [...]float64{curveAt(line, 0) * t, curveAt(line, 0), 0}[op.Order]
	}
	c := float64(op.Offset)
	length, span, root := math.Log1p(1/c), math.Sqrt(1+c)-math.Sqrt(c), math.Sqrt(c)
	switch {
	case op.Kind == program.Logarithmic && !op.Inverse:
		return [...]float64{math.Log1p(t/c) / length, 1 / (length * (t + c)), -1 / (length * (t + c) * (t + c))}[op.Order]
	case op.Kind == program.Logarithmic:
		exponent := min(length*t, 80)
		return [...]float64{c * math.Expm1(exponent), c * length * math.Exp(exponent), c * length * length * math.Exp(exponent)}[op.Order]
	case !op.Inverse:
		return [...]float64{(math.Sqrt(t+c) - root) / span, 0.5 / (span * math.Sqrt(t+c)), -0.25 / (span * math.Pow(t+c, 1.5))}[op.Order]
	}
	stretched := span*t + root
	return [...]float64{stretched*stretched - c, 2 * span * stretched, 2 * span * span}[op.Order]
}
