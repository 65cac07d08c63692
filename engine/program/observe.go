package program

import (
	"fmt"

	"tweedie/engine/noise"
	"tweedie/engine/random"
)

// Observe draws what is seen of the clean images, by the noise model and the parameters of each sample:
//
//	noisy[n, e] = Sample(clean[n, e]) of the model conditions[n, 0] at the parameters conditions[n, 1] and conditions[n, 2]
//
// with the Words of (Seed, Stream, step, sample n, element e), all by package noise, prescribed in float32: every device draws the same bits. A model's number that
// there is not gives NaN. It has no gradient: what is seen does not depend smoothly on what is there.
type Observe struct {
	Clean, Noisy Tensor
	Conditions   Tensor // (samples, 3), as DrawConditions writes them
	Seed         uint64
	Stream       random.Stream
}

// Reads lists the clean images and the conditions.
func (op Observe) Reads() []Tensor { return []Tensor{op.Clean, op.Conditions} }

// Writes lists the noisy images.
func (op Observe) Writes() []Tensor { return []Tensor{op.Noisy} }

// Check reports shapes that do not fit.
func (op Observe) Check() error {
	if err := activation(op.Clean); err != nil {
		return fmt.Errorf("observe: %w", err)
	}
	if err := sameShape(op.Clean, op.Noisy); err != nil {
		return fmt.Errorf("observe: %w", err)
	}
	if err := single(op.Clean, op.Noisy); err != nil {
		return fmt.Errorf("observe: %w", err)
	}
	if err := checkConditions(op.Conditions); err != nil {
		return fmt.Errorf("observe: %w", err)
	}
	if op.Conditions.Shape[0] != op.Clean.Shape[0] {
		return fmt.Errorf("observe: %v is not one condition for each sample of %v", op.Conditions, op.Clean)
	}
	return nil
}

func observeCases() []Case {
	// Each model at weak, middling and strong noise, one to a sample; nothing may differ from the reference.
	var cases []Case
	for number, model := range noise.Models() {
		for i, shape := range [][]int{{5, 1, 1, 1}, {5, 5, 7, 1}, {5, 33, 65, 1}, {5, 4, 33, 2}} {
			samples, elements := shape[0], shape[1]*shape[2]*shape[3]
			clean := make([]float32, samples*elements)
			for e := range clean {
				clean[e] = random.Uniform(random.Words(3, random.Noise, 0, uint32(i), uint32(e))[0])
				switch e % 37 {
				case 7:
					clean[e] = 0
				case 8:
					clean[e] = 1
				case 9:
					clean[e] = -0.25
				case 10:
					clean[e] *= 1e-4
				}
			}
			conditions := make([]float32, 0, 3*samples)
			for n := range samples {
				values := noise.Values{}
				for k, parameter := range model.Parameters {
					share := float32((n+2*k)%samples) / float32(samples-1)
					values[k] = parameter.Range(max(parameter.Low, 1e-3), parameter.High).At(share)
				}
				conditions = append(conditions, float32(number), values[0], values[1])
			}
			cases = append(cases, Case{
				Name: fmt.Sprintf("%s,%v", model.Name, shape), Scalars: Scalars{Step: 1<<32 + 77},
				Contents: map[string]any{"clean": clean, "conditions": conditions},
				Operation: Observe{
					Clean: input("clean", shape...), Noisy: output("noisy", shape...), Conditions: input("conditions", samples, 3), Seed: 9 + 1<<35,
					Stream: random.Noise,
				},
			})
		}
	}
	return cases
}
