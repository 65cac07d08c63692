package program

import (
	"fmt"
	"slices"
)

// Displace moves noisy images by a little more of their noise, along Probe and against it, for SURE by differences. With N samples and v[n, e] = Stein(noisy[n, e]) of the model
// conditions[n, 0] at the parameters conditions[n, 1] and conditions[n, 2] (package noise):
//
//	displaced[n, e]   = noisy[n, e] + Share sqrt|v[n, e]| probe[n, e]     raised[n]   = levels[n] * sqrt(1 + Share^2)
//	displaced[N+n, e] = noisy[n, e] - Share sqrt|v[n, e]| probe[n, e]     raised[N+n] = raised[n]
//
// prescribed in float32 by package noise: every device has the same bits. Where the noise is Gaussian, they are as noisy as raised says. A model without
// Stein gives NaN.
type Displace struct {
	Noisy, Probe Tensor
	Conditions   Tensor // (samples, 3)
	Levels       Tensor // (samples)
	Displaced    Tensor // twice as many samples as Noisy
	Raised       Tensor // (2 samples)
	Share        float32
}

// Reads lists the noisy images, the probe, conditions and levels.
func (op Displace) Reads() []Tensor { return []Tensor{op.Noisy, op.Probe, op.Conditions, op.Levels} }

// Writes lists the displaced images and their levels.
func (op Displace) Writes() []Tensor { return []Tensor{op.Displaced, op.Raised} }

// Check reports shapes that do not fit and a share outside (0, 10].
func (op Displace) Check() error {
	if err := checkShare(op.Share); err != nil {
		return fmt.Errorf("displace: %w", err)
	}
	if err := checkLoss(op.Noisy, op.Levels, op.Probe); err != nil {
		return fmt.Errorf("displace: %w", err)
	}
	if err := checkLoss(op.Displaced, op.Raised, doubled(op.Noisy)); err != nil {
		return fmt.Errorf("displace: %w", err)
	}
	return checkConditionsOf("displace", op.Conditions, op.Noisy)
}

// doubled is t with twice as many samples.
func doubled(t Tensor) Tensor {
	t.Shape = slices.Clone(t.Shape)
	t.Shape[0] *= 2
	return t
}

func checkShare(share float32) error {
	if !(share > 0 && share <= 10) { // written so that NaN fails
		return fmt.Errorf("a share %v of the noise is not above 0 and at most 10", share)
	}
	return nil
}

func checkConditionsOf(name string, conditions, images Tensor) error {
	if err := checkConditions(conditions); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if conditions.Shape[0] != images.Shape[0] {
		return fmt.Errorf("%s: %v is not one condition for each sample of %v", name, conditions, images)
	}
	return nil
}

func displaceCases() []Case {
	var cases []Case
	for i, shape := range lossShapes() {
		samples, twice := shape[0], doubled(Tensor{Shape: shape}).Shape
		cases = append(cases, Case{
			Name: fmt.Sprint(shape), Contents: map[string]any{"conditions": riskConditions(samples, i)},
			Operation: Displace{
				Noisy: input("noisy", shape...), Probe: input("probe", shape...), Conditions: input("conditions", samples, 3), Levels: input("levels", samples),
				Displaced: output("displaced", twice...), Raised: output("raised", twice[0]), Share: 0.25 + float32(i)/7,
			},
		})
	}
	return cases
}

// riskConditions are models that SURE is known for, one after the other from the first-th on.
func riskConditions(samples, first int) []float32 {
	var conditions []float32
	for n := range samples {
		condition := [][3]float32{{0, 0.3, 0}, {1, 2, 0}, {3, 1.5, 0.4}}[(n+first)%3]
		conditions = append(conditions, condition[:]...)
	}
	return conditions
}
