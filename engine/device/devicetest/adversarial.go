package devicetest

import (
	"slices"

	"tweedie/engine/program"
)

// adversarialCases are the convolutions of program.Cases at some sizes with values that algorithms which add and subtract neighbours suffer from: a mean a
// million times the deviation, and one pixel a million times its neighbours. The bounds hold for any values.
func adversarialCases() []program.Case {
	var cases []program.Case
	for _, c := range program.Cases() {
		switch c.Operation.(type) {
		case program.Convolution, program.TransposedConvolution, program.WeightGradient:
		default:
			continue
		}
		input := c.Operation.Reads()[0]
		if input.Type != program.Float32 || c.Operation.Writes()[0].Type != program.Float32 || !slices.Contains([]int{31, 32, 33}, input.Shape[3]) {
			continue
		}
		mean, spike := make([]float32, input.Elements()), make([]float32, input.Elements())
		for i := range mean {
			mean[i] = 1000 + 1e-3*value(0, i)
			spike[i] = value(0, i)
			if i%4099 == 17 {
				spike[i] = 1e6
			}
		}
		for name, values := range map[string][]float32{"mean": mean, "spike": spike} {
			adversarial := c
			adversarial.Name += "," + name
			adversarial.Contents = map[string]any{input.Name: values}
			cases = append(cases, adversarial)
		}
	}
	return cases
}
