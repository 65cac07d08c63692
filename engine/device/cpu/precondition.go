package cpu

import (
	"math"

	"tweedie/engine/noise"
	"tweedie/engine/program"
)

// precondition computes a few numbers a sample, or for each axis of a sample: too little for C.
func precondition(op program.Precondition) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		skip, out, in, level, weight := m.floats(op.Skip), m.floats(op.Out), m.floats(op.In), m.floats(op.Noise), m.floats(op.Weight)
		put := func(to []float32, n int, value float32) {
			if to != nil {
				to[n] = value
			}
		}
		d := op.SigmaData
		single := func(n int, s float32) {
			total := float32(s*s) + float32(d*d)
			root := float32(math.Sqrt(float64(total)))
			put(skip, n, d*d/total)
			put(out, n, s*d/root)
			put(in, n, 1/root)
			put(weight, n, total/float32(float32(s*d)*float32(s*d)))
		}
		variances := m.floats(op.Variances)
		along := func(n int, s float32) {
			square, sum := float32(s*s), float32(0)
			for axis, variance := range variances {
				total := square + variance
				share := variance / total
				at := n*len(variances) + axis
				put(skip, at, share)
				if out != nil {
					out[at] = s * float32(math.Sqrt(float64(share)))
				}
				if in != nil {
					in[at] = 1 / float32(math.Sqrt(float64(total)))
				}
				sum += float32(square * share)
			}
			put(weight, n, float32(len(variances))/sum)
		}
		return func(program.Scalars) {
			for n, s := range m.floats(op.Levels) {
				s = max(s, program.LeastLevel)
				put(level, n, noise.Logarithm(s)/4)
				if op.Variances.Present() {
					along(n, s)
				} else {
					single(n, s)
				}
			}
		}
	})
}
