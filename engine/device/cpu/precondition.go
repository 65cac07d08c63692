package cpu

import (
	"math"

	"tweedie/engine/noise"
	"tweedie/engine/program"
)

// precondition computes a few numbers a sample: too little for C.
func precondition(op program.Precondition) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		skip, out, in, level, weight := m.floats(op.Skip), m.floats(op.Out), m.floats(op.In), m.floats(op.Noise), m.floats(op.Weight)
		d := op.SigmaData
		put := func(to []float32, n int, value float32) {
			if to != nil {
				to[n] = value
			}
		}
		return func(program.Scalars) {
			for n, s := range m.floats(op.Levels) {
				s = max(s, program.LeastLevel)
				total := float32(s*s) + float32(d*d)
				root := float32(math.Sqrt(float64(total)))
				put(skip, n, d*d/total)
				put(out, n, s*d/root)
				put(in, n, 1/root)
				put(level, n, noise.Logarithm(s)/4)
				put(weight, n, total/float32(float32(s*d)*float32(s*d)))
			}
		}
	})
}
