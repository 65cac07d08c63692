package cpu

import (
	"tweedie/engine/noise"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// drawConditions is a few numbers for each sample.
func drawConditions(op program.DrawConditions) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		conditions, levels, models := m.floats(op.Conditions), m.floats(op.Levels), noise.Models()
		return func(s program.Scalars) {
			for n := range levels {
				words := random.Words(op.Seed, random.Levels, s.Step, uint32(n), 0)
				shares := [3]float32{random.Uniform(words[0]), random.Uniform(words[1]), random.Uniform(words[2])}
				drawn := noise.Draw(models, op.Components, shares)
				conditions[3*n], conditions[3*n+1], conditions[3*n+2] = float32(drawn.Model), drawn.Values[0], drawn.Values[1]
				levels[n] = drawn.Level
			}
		}
	})
}
