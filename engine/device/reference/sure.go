package reference

import (
	"math"

	"tweedie/engine/noise"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

func (m memory) randomProbe(op program.RandomProbe, scalars program.Scalars) {
	output := m.float64s(op.Output)
	perSample := len(output) / op.Output.Shape[0]
	for i := range output {
		sample, element := i/perSample, i%perSample
		if op.Normal {
			words := noise.Words{Seed: op.Seed, Stream: op.Stream, Step: scalars.Step, Sample: uint32(sample)}
			words.At(element)
			output[i] = float64(words.Normal())
			continue
		}
		word := random.Words(op.Seed, op.Stream, scalars.Step, uint32(sample), uint32(element/4))[element%4]
		output[i] = 1
		if word>>31 == 1 {
			output[i] = -1
		}
	}
}

// displace computes in float32, as it is prescribed.
func (m memory) displace(op program.Displace) {
	noisy, probe, displaced := m.float64s(op.Noisy), m.float64s(op.Probe), m.float64s(op.Displaced)
	conditions, levels, raised := m.float64s(op.Conditions), m.float64s(op.Levels), m.float64s(op.Raised)
	for n := range levels {
		raised[n] = float64(noise.Raised(float32(levels[n]), op.Share))
		raised[len(levels)+n] = raised[n]
	}
	perSample := len(noisy) / len(levels)
	for i := range noisy {
		model, values := risk(conditions[3*(i/perSample):])
		for half, direction := range []float64{probe[i], -probe[i]} {
			displaced[half*len(noisy)+i] = float64(model.SteinDisplaced(float32(noisy[i]), values, float32(direction), op.Share))
		}
	}
}

// risk is the model and the values of a condition, a model without Stein if there is none of its number.
func risk(condition []float64) (noise.Model, noise.Values) {
	for number, model := range noise.Models() {
		if condition[0] == float64(number) {
			return model, noise.Values{float32(condition[1]), float32(condition[2])}
		}
	}
	return noise.Model{}, noise.Values{}
}

// sure takes v, and the weights of differences, in float32, as they are prescribed.
func (m memory) sure(op program.SURE) {
	denoised, noisy, probe, tangent := m.float64s(op.Denoised), m.float64s(op.Noisy), m.float64s(op.Probe), m.float64s(op.Tangent)
	conditions, losses := m.float64s(op.Conditions), m.float64s(op.Losses)
	gradient, tangentGradient := m.float64s(op.Gradient), m.float64s(op.TangentGradient)
	count := len(noisy)
	perSample, factor := count/len(losses), 2/float64(count)
	clear(losses)
	for i := range noisy {
		model, values := risk(conditions[3*(i/perSample):])
		v := math.NaN()
		if model.Stein != nil {
			v = float64(model.Stein(float32(noisy[i]), values))
		}
		difference, term := denoised[i]-noisy[i], 0.0
		if tangent != nil {
			weight := v * probe[i]
			term = difference*difference - v + 2*weight*tangent[i]
			gradient[i], tangentGradient[i] = factor*difference, factor*weight
		} else {
			weight := float64(model.SteinWeight(float32(noisy[i]), values, float32(probe[i]), op.Share))
			other := denoised[count+i] - noisy[i]
			term = (difference*difference+other*other)/2 - v + weight*(denoised[i]-denoised[count+i])
			gradient[i], gradient[count+i] = factor/2*(difference+weight), factor/2*(other-weight)
		}
		losses[i/perSample] += term / float64(perSample)
	}
}
