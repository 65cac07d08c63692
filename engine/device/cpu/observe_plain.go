//go:build !cgo

package cpu

import (
	"math"

	"tweedie/engine/noise"
	"tweedie/engine/program"
)

func (b *backend) observe(op program.Observe) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		clean, noisy, conditions, models := m.floats(op.Clean), m.floats(op.Noisy), m.floats(op.Conditions), noise.Models()
		samples := op.Clean.Shape[0]
		elements := len(clean) / samples
		words := &noise.Words{Seed: op.Seed, Stream: op.Stream}
		return func(s program.Scalars) {
			words.Step = s.Step
			for n := range samples {
				from, to := clean[n*elements:(n+1)*elements], noisy[n*elements:(n+1)*elements]
				number := int(conditions[3*n])
				if !(conditions[3*n] >= 0) || number >= len(models) || float32(number) != conditions[3*n] {
					for e := range to {
						to[e] = float32(math.NaN())
					}
					continue
				}
				words.Sample = uint32(n)
				models[number].Apply(to, from, noise.Values{conditions[3*n+1], conditions[3*n+2]}, words)
			}
		}
	})
}
