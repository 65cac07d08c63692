package reference

import "tweedie/engine/program"

// round rounds the elements of t to its type, if that is BFloat16.
func (m memory) round(t program.Tensor) {
	if t.Type != program.BFloat16 {
		return
	}
	elements := m.float64s(t)
	for i, value := range elements {
		elements[i] = program.RoundBFloat16(value)
	}
}

// factor is the weight as it is multiplied with an input of that type.
func (m memory) factor(weight program.Tensor, input program.Type) []float64 {
	elements := m.float64s(weight)
	if input != program.BFloat16 {
		return elements
	}
	rounded := make([]float64, len(elements))
	for i, value := range elements {
		rounded[i] = program.RoundBFloat16(value)
	}
	return rounded
}
