package cpu

import (
	"math"

	"tweedie/engine/noise"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// What is here touches each pixel of the batch once, which the convolutions around it do hundreds of times: it is Go in every build.

func randomProbe(op program.RandomProbe) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		output := m.floats(op.Output)
		perSample := len(output) / op.Output.Shape[0]
		words := &noise.Words{Seed: op.Seed, Stream: op.Stream}
		return func(s program.Scalars) {
			for n := range op.Output.Shape[0] {
				sample := output[n*perSample : (n+1)*perSample]
				if op.Normal {
					words.Begin(s.Step, uint32(n))
					for e := range sample {
						words.At(e)
						sample[e] = words.Normal()
					}
					continue
				}
				for e := 0; e < perSample; e += 4 {
					for lane, word := range random.Words(op.Seed, op.Stream, s.Step, uint32(n), uint32(e/4)) {
						if e+lane < perSample {
							sample[e+lane] = 1 - 2*float32(word>>31)
						}
					}
				}
			}
		}
	})
}

func displace(op program.Displace) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		noisy, probe, displaced := m.floats(op.Noisy), m.floats(op.Probe), m.floats(op.Displaced)
		conditions, levels, raised := m.floats(op.Conditions), m.floats(op.Levels), m.floats(op.Raised)
		perSample, models := len(noisy)/len(levels), noise.Models()
		return func(program.Scalars) {
			for n, level := range levels {
				raised[n] = noise.Raised(level, op.Share)
				raised[len(levels)+n] = raised[n]
				model, values := risk(models, conditions[3*n:])
				for i := n * perSample; i < (n+1)*perSample; i++ {
					displaced[i] = model.SteinDisplaced(noisy[i], values, probe[i], op.Share)
					displaced[len(noisy)+i] = model.SteinDisplaced(noisy[i], values, -probe[i], op.Share)
				}
			}
		}
	})
}

// risk is the model and the values of a condition, a model without Stein if there is none of its number.
func risk(models []noise.Model, condition []float32) (noise.Model, noise.Values) {
	for number, model := range models {
		if condition[0] == float32(number) {
			return model, noise.Values{condition[1], condition[2]}
		}
	}
	return noise.Model{}, noise.Values{}
}

// sure sums in double; each float32 operation rounds once.
func sure(op program.SURE) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		denoised, noisy, probe, tangent := m.floats(op.Denoised), m.floats(op.Noisy), m.floats(op.Probe), m.floats(op.Tangent)
		conditions, losses := m.floats(op.Conditions), m.floats(op.Losses)
		gradient, tangentGradient := m.floats(op.Gradient), m.floats(op.TangentGradient)
		count, models := len(noisy), noise.Models()
		perSample, factor := count/len(losses), float32(2/float64(count))
		return func(program.Scalars) {
			for n := range losses {
				model, values := risk(models, conditions[3*n:])
				sum := 0.0
				for i := n * perSample; i < (n+1)*perSample; i++ {
					v := float32(math.NaN())
					if model.Stein != nil {
						v = model.Stein(noisy[i], values)
					}
					difference := denoised[i] - noisy[i]
					if tangent != nil {
						weight := v * probe[i]
						sum += float64(difference)*float64(difference) - float64(v) + 2*(float64(weight)*float64(tangent[i]))
						gradient[i], tangentGradient[i] = factor*difference, factor*weight
						continue
					}
					weight := model.SteinWeight(noisy[i], values, probe[i], op.Share)
					other, response := denoised[count+i]-noisy[i], denoised[i]-denoised[count+i]
					sum += 0.5*(float64(difference)*float64(difference)+float64(other)*float64(other)) - float64(v) + float64(weight)*float64(response)
					gradient[i], gradient[count+i] = 0.5*factor*(difference+weight), 0.5*factor*(other-weight)
				}
				losses[n] = float32(sum / float64(perSample))
			}
		}
	})
}
