package oracle

import (
	"math"
	"slices"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// loss is the mean loss as a function of a step's parameters.
type loss struct {
	state      device.State
	executable device.Executable
	values     map[string][]float64
	losses     program.Tensor
}

// steps of the central differences, relative to a parameter's size. A rectifier's kink may lie within a long one, and rounding spoils a short one,
// so that a gradient is contradicted only if each of them does.
var differenceSteps = []float64{1e-5, 1e-6, 1e-7}

func newLoss(d device.Device, parts parts, values map[string][]float64) (*loss, error) {
	l := &loss{values: values}
	for _, operation := range parts.forward {
		if _, losses, is := lossOf(operation); is {
			l.losses = losses
		}
	}
	p := keeping(&program.Program{Name: "loss", Operations: parts.forward}, []program.Tensor{l.losses})
	var err error
	if l.state, l.executable, err = compile(d, p); err != nil {
		return nil, err
	}
	return l, writeInputs(l.state, p, values)
}

// at is the mean loss where one parameter has moved by h times a direction.
func (l *loss) at(parameter program.Tensor, direction []float64, h float64) (float64, error) {
	moved := slices.Clone(l.values[parameter.Name])
	for i := range moved {
		moved[i] += h * direction[i]
	}
	if err := l.state.Write(parameter.Name, moved); err != nil {
		return 0, err
	}
	if err := l.executable.Run(program.Scalars{}); err != nil {
		return 0, err
	}
	losses, mean := make([]float64, l.losses.Elements()), 0.0
	if err := l.state.Read(keptPrefix+l.losses.Name, losses); err != nil {
		return 0, err
	}
	for _, value := range losses {
		mean += value / float64(len(losses))
	}
	return mean, nil
}

// distance is how far a gradient by a parameter is from the central difference along a direction d of normal values,
//
//	|<gradient, d> - (loss(parameter + h d) - loss(parameter - h d)) / 2h| / |gradient|
//
// at the step h that suits it best. <gradient, d> is about |gradient|.
func (l *loss) distance(parameter program.Tensor, gradient []float64) (float64, error) {
	direction := normals("direction "+parameter.Name, parameter.Elements())
	slope, norm, size := 0.0, 0.0, 0.0
	for i, g := range gradient {
		slope += g * direction[i]
		norm = math.Hypot(norm, g)
		size = math.Hypot(size, l.values[parameter.Name][i])
	}
	if size /= math.Sqrt(float64(len(gradient))); size == 0 {
		size = 1
	}
	best := math.NaN()
	for _, step := range differenceSteps {
		h := step * size
		ahead, err := l.at(parameter, direction, h)
		if err != nil {
			return 0, err
		}
		behind, err := l.at(parameter, direction, -h)
		if err != nil {
			return 0, err
		}
		distance := math.Abs(slope - (ahead-behind)/(2*h))
		if distance != 0 { // a loss that does not move where the gradient is zero is no contradiction
			distance /= norm
		}
		if !(distance >= best) {
			best = distance
		}
		if best <= differenceBound {
			break
		}
	}
	if _, err := l.at(parameter, direction, 0); err != nil { // for the next one
		return 0, err
	}
	return best, nil
}
