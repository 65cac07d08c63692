package program

import (
	"fmt"
	"slices"

	"tweedie/engine/noise"
)

// DrawConditions draws what each sample's noise shall be, for Observe: a model and its parameters (package noise's Draw, with the words of stream Levels
// at (step, sample n, block 0) as Uniform numbers).
//
//	conditions[n] = (model's number, its first parameter, its second), what a model does not have is 0
//	levels[n]     = the model's Level at these parameters
//
// All of it is prescribed in float32, so that every device draws the same bits.
type DrawConditions struct {
	Conditions Tensor // (samples, 3)
	Levels     Tensor // (samples)
	Components []noise.Component
	Seed       uint64
}

// Reads lists nothing.
func (op DrawConditions) Reads() []Tensor { return nil }

// Writes lists conditions and levels.
func (op DrawConditions) Writes() []Tensor { return []Tensor{op.Conditions, op.Levels} }

// Check reports shapes that do not fit, models that there are not, and ranges and shares that are none.
func (op DrawConditions) Check() error {
	if err := checkConditions(op.Conditions); err != nil {
		return fmt.Errorf("draw conditions: %w", err)
	}
	if !slices.Equal(op.Levels.Shape, op.Conditions.Shape[:1]) || op.Levels.Type != Float32 {
		return fmt.Errorf("draw conditions: %v is not one level for each sample of %v", op.Levels, op.Conditions)
	}
	if len(op.Components) == 0 || len(op.Components) > noise.MostComponents {
		return fmt.Errorf("draw conditions: %d models are not between 1 and %d", len(op.Components), noise.MostComponents)
	}
	models, until := noise.Models(), float32(0)
	for _, component := range op.Components {
		if component.Model < 0 || component.Model >= len(models) {
			return fmt.Errorf("draw conditions: there is no noise model of the number %d", component.Model)
		}
		for i, parameter := range models[component.Model].Parameters {
			// Written so that NaN fails. A scale is drawn in its logarithm.
			if r := component.Ranges[i]; !(r.From >= 0 && r.From <= r.To && r.To <= 2e6) || r.Logarithmic && r.From == 0 {
				return fmt.Errorf("draw conditions: [%v, %v] is not a range of %s", r.From, r.To, parameter.Name)
			}
		}
		if !(component.Until > until) {
			return fmt.Errorf("draw conditions: the share %v of the samples does not come after %v", component.Until, until)
		}
		until = component.Until
	}
	if until != 1 {
		return fmt.Errorf("draw conditions: the models make up %v of the samples, not all", until)
	}
	return nil
}

// checkConditions reports a tensor that is not one model and two parameters for each sample.
func checkConditions(t Tensor) error {
	if len(t.Shape) != 2 || t.Shape[0] < 1 || t.Shape[1] != 3 || t.Type != Float32 {
		return fmt.Errorf("%v is not (samples, 3) of float32: a model and two parameters", t)
	}
	return nil
}

func drawConditionsCases() []Case {
	// Every model alone, fixed and in ranges, and several together. Nothing may differ from the reference.
	component := func(model int, until, from, to float64) noise.Component {
		c := noise.Component{Model: model, Until: float32(until)}
		for i, parameter := range noise.Models()[model].Parameters {
			at := func(share float64) float64 {
				return max(parameter.Low, 1e-2) + share*(min(parameter.High, 1e4)-max(parameter.Low, 1e-2))
			}
			c.Ranges[i] = parameter.Range(at(from), at(to))
		}
		return c
	}
	var lists [][]noise.Component
	var mixed []noise.Component
	count := len(noise.Models())
	for model := range noise.Models() {
		lists = append(lists, []noise.Component{component(model, 1, 0.2, 0.2)}, []noise.Component{component(model, 1, 0, 1)})
		mixed = append(mixed, component(model, float64(model+1)/float64(count), 0.001, 0.7))
	}
	lists = append(lists, mixed, []noise.Component{component(0, 0.25, 0.1, 0.2), component(1, 1, 0, 0.3)})
	var cases []Case
	for i, components := range lists {
		samples := []int{1, 5, 256, 777}[i%4]
		cases = append(cases, Case{
			Name: fmt.Sprintf("%d,n=%d", i, samples), Scalars: Scalars{Step: uint64(1)<<32 + uint64(i)},
			Operation: DrawConditions{
				Conditions: output("conditions", samples, 3), Levels: output("levels", samples), Components: components, Seed: 7<<40 + 1,
			},
		})
	}
	return cases
}
