package oracle

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"tweedie/engine/noise"
	"tweedie/engine/program"
)

// sure is the terms of Stein's estimate. With a tangent they are (denoised - noisy)^2 - v + 2 v probe tangent; with answers a and b to images displaced to both sides
// ((a - noisy)^2 + (b - noisy)^2) / 2 - v + weight (a - b). v and the weights follow from the noisy images and have no gradient.
func (t *translation) sure(op program.SURE) *gorgonia.Node {
	noisy, denoised := t.activation(op.Noisy), t.activation(op.Denoised)
	v := t.stein(op, func(model noise.Model, y float32, values noise.Values, _ float32) float64 {
		if model.Stein == nil {
			return math.NaN()
		}
		return float64(model.Stein(y, values))
	})
	if op.Tangent.Present() {
		response := times(times(v, t.activation(op.Probe)), t.activation(op.Tangent))
		return add(subtract(square(subtract(denoised, noisy)), v), times(t.filled(2, noisy), response))
	}
	weight := t.stein(op, func(model noise.Model, y float32, values noise.Values, probe float32) float64 {
		return float64(model.SteinWeight(y, values, probe, op.Share))
	})
	along, against := t.half(denoised, 0), t.half(denoised, 1)
	distances := add(square(subtract(along, noisy)), square(subtract(against, noisy)))
	return add(subtract(times(t.filled(0.5, noisy), distances), v), times(weight, subtract(along, against)))
}

// half is the first or the second half of the samples: a product with a part of the unit matrix.
func (t *translation) half(images *gorgonia.Node, which int) *gorgonia.Node {
	shape := images.Shape().Clone()
	samples := shape[0] / 2
	chosen := make([]float64, 2*samples*samples)
	for n := range samples {
		chosen[n*2*samples+which*samples+n] = 1
	}
	flat := gorgonia.Must(gorgonia.Reshape(images, tensor.Shape{2 * samples, shape.TotalSize() / shape[0]}))
	shape[0] = samples
	return gorgonia.Must(gorgonia.Reshape(gorgonia.Must(gorgonia.Mul(t.constant(chosen, samples, 2*samples), flat)), shape))
}

// stein is an input with a value for each element of the noisy images, which follows from it, its model and its probe.
func (t *translation) stein(op program.SURE, of func(model noise.Model, y float32, values noise.Values, probe float32) float64) *gorgonia.Node {
	t.constants++
	held := program.Tensor{Name: op.Noisy.Name + " by Stein " + string(rune('a'+t.constants)), Shape: op.Noisy.Shape}
	node := t.activation(held)
	t.inputs[held.Name].compute = func(input read) ([]float64, error) {
		noisy, err := input(op.Noisy)
		if err != nil {
			return nil, err
		}
		probe, err := input(op.Probe)
		if err != nil {
			return nil, err
		}
		conditions, err := input(op.Conditions)
		if err != nil {
			return nil, err
		}
		values, models, perSample := make([]float64, len(noisy)), noise.Models(), len(noisy)/op.Conditions.Shape[0]
		for i := range values {
			condition := conditions[3*(i/perSample):]
			values[i] = of(models[int(condition[0])], float32(noisy[i]), noise.Values{float32(condition[1]), float32(condition[2])}, float32(probe[i]))
		}
		return values, nil
	}
	return node
}
