package program

import (
	"errors"
	"fmt"

	"tweedie/engine/random"
)

// SURE is an estimate of each sample's mean squared error that needs no clean image (Stein 1981). Of N samples, v[n, e] is Stein(noisy[n, e]) of the model
// conditions[n, 0] at the parameters conditions[n, 1] and conditions[n, 2] (package noise). There are two ways to it, with w for the weight of an element. With Tangent, Probe holds random signs b, and Tangent is J b, J the Jacobian of Denoised by Noisy (Ramani,
// Blu & Unser 2008 took a difference):
//
//	losses[n]             = 1/E * sum over e of (denoised[n, e] - noisy[n, e])^2 - v[n, e] + 2 w tangent[n, e],    w = v[n, e] probe[n, e]
//	gradient[n, e]        = 2/(N*E) * (denoised[n, e] - noisy[n, e])
//	tangentGradient[n, e] = 2/(N*E) * w
//
// Without, Probe holds normal values z, and Denoised has 2N samples, the answers to Displace's:
//
//	losses[n]        = 1/E * sum over e of ((denoised[n, e] - noisy[n, e])^2 + (denoised[N+n, e] - noisy[n, e])^2) / 2 - v[n, e]
//	                                       + w (denoised[n, e] - denoised[N+n, e]),    w = sign(v) sqrt|v[n, e]| probe[n, e] / Share
//	gradient[n, e]   = 1/(N*E) * (denoised[n, e] - noisy[n, e] + w)
//	gradient[N+n, e] = 1/(N*E) * (denoised[N+n, e] - noisy[n, e] - w)
//
// The gradients are the derivatives of the losses' mean. The expectation over noise and probe is that of the squared error, at the noise's own strength with
// Tangent, at the raised one without. The latter is exact for Gaussian noise, any network and any Share, since z, too, obeys Stein's lemma: it is the loss of Pang,
// Zheng, Quan & Ji (2021), the squared distance to noisy - v z / (Share sqrt v), less what it is without a network, and the mean over z and -z, which takes most of its
// variance away.
//
// Both estimates are right, but with rectifiers only the second one has gradients that are: a slope jumps where a rectifier switches, how often depends on the
// weights, and no derivative of a slope sees a jump. A network of biases and rectifiers that follows the derivatives of its tangent becomes the identity. Of
// a difference some jumps lie in between.
//
// A model without Stein gives NaN. Single losses may be negative.
type SURE struct {
	Denoised, Noisy, Probe Tensor
	Conditions             Tensor // (samples, 3)
	Share                  float32
	Losses                 Tensor // (samples)
	Gradient               Tensor
	// Tangent and TangentGradient are there both or neither.
	Tangent, TangentGradient Tensor
}

// Reads lists the images, the probe, the tangent and the conditions.
func (op SURE) Reads() []Tensor {
	return present(op.Denoised, op.Noisy, op.Probe, op.Tangent, op.Conditions)
}

// Writes lists the losses and the gradients.
func (op SURE) Writes() []Tensor { return present(op.Losses, op.Gradient, op.TangentGradient) }

// Check reports shapes that do not fit, and a tangent without its gradient.
func (op SURE) Check() error {
	if err := checkLoss(op.Noisy, op.Losses, op.Probe, op.Tangent, op.TangentGradient); err != nil {
		return fmt.Errorf("sure: %w", err)
	}
	answers := op.Noisy
	if !op.Tangent.Present() {
		answers = doubled(op.Noisy)
		if err := checkShare(op.Share); err != nil {
			return fmt.Errorf("sure: %w", err)
		}
	}
	if op.Tangent.Present() != op.TangentGradient.Present() {
		return errors.New("sure: a tangent and its gradient are needed, or neither")
	}
	if err := sameShape(answers, op.Denoised, op.Gradient); err != nil {
		return fmt.Errorf("sure: %w", err)
	}
	if err := single(op.Denoised, op.Gradient); err != nil {
		return fmt.Errorf("sure: %w", err)
	}
	return checkConditionsOf("sure", op.Conditions, op.Noisy)
}

func sureCases() []Case {
	var cases []Case
	for i, shape := range lossShapes() {
		samples, twice := shape[0], doubled(Tensor{Shape: shape}).Shape
		op := SURE{
			Denoised: input("denoised", twice...), Noisy: input("noisy", shape...), Probe: input("probe", shape...), Conditions: input("conditions", samples, 3),
			Share: 0.5, Losses: output("losses", samples), Gradient: output("gradient", twice...),
		}
		probe := make([]float32, op.Probe.Elements())
		for e := range probe {
			probe[e] = 1 - 2*float32(random.Words(4, random.Probes, 0, uint32(i), uint32(e))[0]>>31)
		}
		c := Case{
			Name: fmt.Sprint(shape, ",differences"), Operation: op, Contents: map[string]any{"probe": probe, "conditions": riskConditions(samples, i)},
			// v, up to 0.83 for values up to 1, and weights, up to 2, are the same everywhere. Differences, up to 2, are rounded once, and their squares and their products
			// with weights, or twice those with tangents, summed in double: 2*2*2 + 2*2*2 units of 2^-24. The loss is rounded once; a gradient of up to two terms has a
			// factor rounded once, too.
			Roundings: 3, Absolute: 16 * 0x1p-24,
		}
		cases = append(cases, c)
		op.Denoised, op.Gradient = input("denoised", shape...), output("gradient", shape...)
		op.Tangent, op.TangentGradient, op.Share = input("tangent", shape...), output("tangentGradient", shape...), 0
		c.Name, c.Operation = fmt.Sprint(shape, ",tangent"), op
		cases = append(cases, c)
	}
	return cases
}
