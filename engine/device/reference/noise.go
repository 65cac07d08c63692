package reference

import (
	"math"

	"tweedie/engine/noise"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

func (m memory) drawConditions(op program.DrawConditions, scalars program.Scalars) {
	conditions, levels := m.float64s(op.Conditions), m.float64s(op.Levels)
	models := noise.Models()
	for n := range levels {
		words := random.Words(op.Seed, random.Levels, scalars.Step, uint32(n), 0)
		drawn := noise.Draw(models, op.Components, [3]float32{random.Uniform(words[0]), random.Uniform(words[1]), random.Uniform(words[2])})
		conditions[3*n], conditions[3*n+1], conditions[3*n+2] = float64(drawn.Model), float64(drawn.Values[0]), float64(drawn.Values[1])
		levels[n] = float64(drawn.Level)
	}
}

// observe computes in float32, as the samplers are prescribed.
func (m memory) observe(op program.Observe, scalars program.Scalars) {
	clean, noisy, conditions := m.float64s(op.Clean), m.float64s(op.Noisy), m.float64s(op.Conditions)
	models := noise.Models()
	samples := op.Clean.Shape[0]
	elements := len(clean) / samples
	from, to := make([]float32, elements), make([]float32, elements)
	for n := range samples {
		for e := range from {
			from[e], to[e] = float32(clean[n*elements+e]), float32(math.NaN())
		}
		for number, model := range models {
			if conditions[3*n] == float64(number) {
				model.Apply(to, from, noise.Values{float32(conditions[3*n+1]), float32(conditions[3*n+2])},
					&noise.Words{Seed: op.Seed, Stream: op.Stream, Step: scalars.Step, Sample: uint32(n)})
			}
		}
		for e := range to {
			noisy[n*elements+e] = float64(to[e])
		}
	}
}
