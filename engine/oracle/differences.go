package oracle

import (
	"math"
	"slices"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// risk is what a step minimises, as a function of its parameters.
type risk struct {
	state      device.State
	executable device.Executable
	values     map[string][]float64
	loss       loss
}

// steps of the central differences, relative to a parameter's size. A rectifier's kink may lie within a long one, and rounding spoils a short one,
// so that a gradient is contradicted only if each of them does.
var differenceSteps = []float64{1e-5, 1e-6, 1e-7}

func newRisk(d device.Device, parts parts, values map[string][]float64) (*risk, error) {
	r := &risk{values: values, loss: parts.loss}
	kept := []program.Tensor{r.loss.losses}
	if r.loss.weight.Present() {
		kept = append(kept, r.loss.weight)
	}
	p := keeping(&program.Program{Name: "loss", Operations: append(slices.Clone(parts.draws), parts.forward...)}, kept)
	var err error
	if r.state, r.executable, err = compile(d, p); err != nil {
		return nil, err
	}
	return r, writeInputs(r.state, p, values)
}

// at is the value where one parameter has moved by h times a direction.
func (r *risk) at(parameter program.Tensor, direction []float64, h float64) (float64, error) {
	moved := slices.Clone(r.values[parameter.Name])
	for i := range moved {
		moved[i] += h * direction[i]
	}
	if err := r.state.Write(parameter.Name, moved); err != nil {
		return 0, err
	}
	if err := r.executable.Run(program.Scalars{}); err != nil {
		return 0, err
	}
	losses, weights := make([]float64, r.loss.losses.Elements()), same(1, r.loss.losses.Elements())
	if err := r.state.Read(keptPrefix+r.loss.losses.Name, losses); err != nil {
		return 0, err
	}
	if r.loss.weight.Present() {
		if err := r.state.Read(keptPrefix+r.loss.weight.Name, weights); err != nil {
			return 0, err
		}
	}
	mean := 0.0
	for n, value := range losses {
		mean += weights[n] * value / float64(len(losses))
	}
	return mean, nil
}

// distance is how far a gradient by a parameter is from the central difference along a direction d of normal values,
//
//	|<gradient, d> - (risk(parameter + h d) - risk(parameter - h d)) / 2h| / |gradient|
//
// at the step h that suits it best. <gradient, d> is about |gradient|.
func (r *risk) distance(parameter program.Tensor, gradient []float64) (float64, error) {
	direction := normals("direction "+parameter.Name, parameter.Elements())
	slope, norm, size := 0.0, 0.0, 0.0
	for i, g := range gradient {
		slope += g * direction[i]
		norm = math.Hypot(norm, g)
		size = math.Hypot(size, r.values[parameter.Name][i])
	}
	if size /= math.Sqrt(float64(len(gradient))); size == 0 {
		size = 1
	}
	best := math.NaN()
	for _, step := range differenceSteps {
		h := step * size
		ahead, err := r.at(parameter, direction, h)
		if err != nil {
			return 0, err
		}
		behind, err := r.at(parameter, direction, -h)
		if err != nil {
			return 0, err
		}
		distance := math.Abs(slope - (ahead-behind)/(2*h))
		if distance != 0 { // a risk that does not move where the gradient is zero is no contradiction
			distance /= norm
		}
		if !(distance >= best) {
			best = distance
		}
		if best <= differenceBound {
			break
		}
	}
	if _, err := r.at(parameter, direction, 0); err != nil { // for the next one
		return 0, err
	}
	return best, nil
}
