package reference_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// evaluation runs one program on the reference; its inputs are set, and its outputs read, by name.
type evaluation struct {
	t          *testing.T
	state      device.State
	executable device.Executable
	tensors    map[string]program.Tensor
	h          float64 // step of the central differences
}

// newEvaluation compiles the operations; the tensors of keep, temporary or not, can be read afterwards.
func newEvaluation(t *testing.T, operations []program.Operation, keep ...program.Tensor) *evaluation {
	t.Helper()
	p := &program.Program{Name: t.Name(), Operations: slices.Clone(operations)}
	for _, tensor := range keep {
		p.Append(program.Add{Inputs: []program.Tensor{tensor}, Output: program.Tensor{Name: "kept/" + tensor.Name, Shape: tensor.Shape, Role: program.Recorded}})
	}
	e := &evaluation{t: t, tensors: map[string]program.Tensor{}, h: 1e-7}
	var stored []program.Tensor
	for _, tensor := range p.Tensors() {
		if tensor.Role != program.Temporary {
			stored = append(stored, tensor)
			e.tensors[tensor.Name] = tensor
		}
	}
	d := reference.New()
	var err error
	if e.state, err = d.NewState(stored); err != nil {
		t.Fatal(err)
	}
	if e.executable, err = d.Compile(p, e.state, device.Plan{}); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *evaluation) write(name string, values []float64) {
	e.t.Helper()
	if _, used := e.tensors[name]; !used {
		return
	}
	if err := e.state.Write(name, values); err != nil {
		e.t.Fatal(err)
	}
}

func (e *evaluation) run(keep program.Tensor) []float64 {
	e.t.Helper()
	if err := e.executable.Run(program.Scalars{Step: 3}); err != nil {
		e.t.Fatal(err)
	}
	values := make([]float64, keep.Elements())
	if err := e.state.Read("kept/"+keep.Name, values); err != nil {
		e.t.Fatal(err)
	}
	return values
}

// normals are reproducible standard normal values, different for each name.
func normals(name string, count int) []float64 {
	seed := uint64(14695981039346656037)
	for _, c := range []byte(name) {
		seed = (seed ^ uint64(c)) * 1099511628211
	}
	var values []float64
	for block := 0; len(values) < count; block++ {
		four := random.Normals(random.Words(seed, random.Noise, 0, 0, uint32(block)))
		values = append(values, four[:]...)
	}
	return values[:count]
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// moved is the point of a tensor plus h times its direction. The points of weights are scaled by their fan-in, so that activations are
// about one and a step of h seldom crosses a rectifier's kink.
func moved(tensor program.Tensor, h float64) []float64 {
	point, direction := normals(tensor.Name, tensor.Elements()), normals("direction "+tensor.Name, tensor.Elements())
	scale := 1.0
	if tensor.Role == program.Weight && len(tensor.Shape) == 4 {
		scale = 1 / math.Sqrt(float64(tensor.Elements()/tensor.Shape[0]))
	}
	for i := range point {
		point[i] = scale*point[i] + h*direction[i]
	}
	return point
}

// difference is the central difference of <cotangent, output> along one tensor's direction.
func difference(e *evaluation, output, along program.Tensor, cotangent []float64) float64 {
	var values [2]float64
	for i, step := range []float64{e.h, -e.h} {
		e.write(along.Name, moved(along, step))
		values[i] = dot(cotangent, e.run(output))
	}
	e.write(along.Name, moved(along, 0))
	return (values[0] - values[1]) / (2 * e.h)
}

func agree(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 2e-6*(math.Abs(want)+1)) {
		t.Errorf("%s is %v, by finite differences %v", what, got, want)
	}
}

// checkDerivatives compares the gradient and the tangent of <cotangent, output> by each variable with central differences, the gradient
// of the tangent too, and the two with each other.
func checkDerivatives(t *testing.T, operations []program.Operation, output program.Tensor, variables, fixed []program.Tensor) {
	t.Helper()
	seed := program.Tensor{Name: "cotangent", Shape: output.Shape, Role: program.Input}
	cotangent := normals(seed.Name, seed.Elements())
	backward, gradients, err := program.Gradient(operations, map[string]program.Tensor{output.Name: seed}, variables)
	if err != nil {
		t.Fatal(err)
	}
	plain := newEvaluation(t, operations, output)
	if len(operations) == 1 {
		plain.h = 1e-6 // single operations have sums of thousands of terms, and few kinks
	}
	all := append(slices.Clone(variables), fixed...)
	for _, tensor := range all {
		plain.write(tensor.Name, moved(tensor, 0))
	}
	for _, variable := range variables {
		want := difference(plain, output, variable, cotangent)
		direction := normals("direction "+variable.Name, variable.Elements())
		gradient, found := gradients[variable.Name]
		if !found {
			t.Errorf("%s has no gradient", variable.Name)
			continue
		}
		reverse := newEvaluation(t, append(slices.Clone(operations), backward...), gradient)
		reverse.write(seed.Name, cotangent)
		moving := program.Tensor{Name: "moving", Shape: variable.Shape, Role: program.Input}
		forward, tangents, err := program.Tangent(operations, map[string]program.Tensor{variable.Name: moving})
		if err != nil {
			t.Fatal(err)
		}
		tangent := newEvaluation(t, append(slices.Clone(operations), forward...), tangents[output.Name])
		tangent.write(moving.Name, direction)
		for _, tensor := range all {
			reverse.write(tensor.Name, moved(tensor, 0))
			tangent.write(tensor.Name, moved(tensor, 0))
		}
		agree(t, "the gradient by "+variable.Name, dot(direction, reverse.run(gradient)), want)
		agree(t, "the tangent by "+variable.Name, dot(cotangent, tangent.run(tangents[output.Name])), want)
	}
}

// TestDerivativesOfOperations takes the derivatives of every case of every differentiable operation.
func TestDerivativesOfOperations(t *testing.T) {
	seen := map[string]int{}
	for _, c := range program.Cases() {
		output := c.Operation.Writes()[0]
		p := program.Program{Operations: []program.Operation{c.Operation}}
		if slices.ContainsFunc(p.Tensors(), func(tensor program.Tensor) bool { return tensor.Type == program.BFloat16 }) {
			continue // a rounded function is constant nearly everywhere
		}
		var fixed []program.Tensor
		switch op := c.Operation.(type) {
		case program.Convolution:
			fixed = append(fixed, op.Mask)
		case program.TransposedConvolution:
			fixed = append(fixed, op.Mask)
		case program.Add:
			fixed = append(fixed, op.Mask)
		case program.NoiseMap:
			fixed = append(fixed, op.Level)
		case program.AddNoise:
			if op.Levels.Role == program.Input {
				fixed = append(fixed, op.Levels)
			}
		case program.ScaleSamples:
			fixed = op.Factors
		case program.SiLU:
			if op.Order == 2 || len(op.Factors) == 2 { // there is no third derivative
				fixed = append(fixed, op.Input)
			}
			if len(op.Factors) == 0 && op.Order == 2 {
				continue
			}
		case program.Curve:
			if op.Order == 2 || len(op.Factors) == 2 { // there is no third derivative, and no third factor
				fixed = append(fixed, op.Input)
			}
			if len(op.Factors) == 0 && op.Order == 2 {
				continue
			}
		case program.Channels, program.PadChannels, program.Reshape:
		default:
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			variables := slices.DeleteFunc(c.Operation.Reads(), func(tensor program.Tensor) bool {
				return slices.ContainsFunc(fixed, func(f program.Tensor) bool { return f.Name == tensor.Name })
			})
			if op, ok := c.Operation.(program.Convolution); ok && op.Bias.Present() {
				// A bias moves together with its weight: its derivative is checked in whole networks.
				variables = slices.DeleteFunc(variables, func(tensor program.Tensor) bool { return tensor.Name == op.Bias.Name })
				checkDerivatives(t, []program.Operation{op}, output, variables, append(fixed, op.Bias))
				return
			}
			checkDerivatives(t, []program.Operation{c.Operation}, output, variables, fixed)
		})
		seen[fmt.Sprintf("%T", c.Operation)]++
	}
	if len(seen) != 11 {
		t.Errorf("cases of %d operations were seen: %v", len(seen), seen)
	}
}

// TestDerivativesOfNetworks takes whole networks, by every parameter and the input: gradients by central differences, tangents by the
// adjoint identity <c, J d> = <J'c, d>, and the gradient of a tangent, which training on Stein's unbiased risk needs.
func TestDerivativesOfNetworks(t *testing.T) {
	domains := []network.Domain{{}, {Name: network.Log, Offset: 0.5}, {Name: network.Anscombe, Offset: 0.25}}
	for index, name := range []string{"dncnn3x5", "unet3x4x5b1", "unet3x5b2", "mlp8x4-5x7", "resnet3b1", "autoencoder3x4m2", "autoencoder8x4-3x4v5"} {
		for kind := range 4 {
			description := network.Description{Name: name, NoiseMap: kind%2 == 1, SigmaData: 0.6 * float64(kind/2)}
			if kind > 1 && strings.HasPrefix(name, "autoencoder") { // it cannot be preconditioned
				continue
			}
			if kind < 2 {
				description.Domain = domains[(index+kind)%3]
			}
			t.Run(fmt.Sprintf("%s,map=%v,sigma=%v,domain=%s", name, description.NoiseMap, description.SigmaData, description.Domain.Name), func(t *testing.T) {
				n, err := description.Network()
				if err != nil {
					t.Fatal(err)
				}
				noisy := program.Tensor{Name: "noisy", Shape: []int{2, 8, 4, 1}, Role: program.Input}
				levels := program.Tensor{Name: "levels", Shape: []int{2}, Role: program.Input}
				operations, denoised := n.Forward(noisy, levels, "", program.Weight)
				parameters := n.Tensors("", program.Weight)
				variables := append(slices.Clone(parameters), noisy)
				weights := slices.DeleteFunc(slices.Clone(variables), func(v program.Tensor) bool { return len(v.Shape) == 1 })
				biases := slices.DeleteFunc(slices.Clone(variables), func(v program.Tensor) bool { return len(v.Shape) != 1 })
				checkDerivatives(t, operations, denoised, weights, append(biases, levels))
				checkBiasGradients(t, operations, denoised, biases, append(weights, levels))
				checkGradientOfTangent(t, operations, denoised, noisy, parameters, levels)
			})
		}
	}
}

func checkBiasGradients(t *testing.T, operations []program.Operation, output program.Tensor, biases, fixed []program.Tensor) {
	t.Helper()
	seed := program.Tensor{Name: "cotangent", Shape: output.Shape, Role: program.Input}
	backward, gradients, err := program.Gradient(operations, map[string]program.Tensor{output.Name: seed}, biases)
	if err != nil {
		t.Fatal(err)
	}
	for _, bias := range biases {
		e := newEvaluation(t, append(slices.Clone(operations), backward...), output, gradients[bias.Name])
		cotangent := normals(seed.Name, seed.Elements())
		e.write(seed.Name, cotangent)
		for _, tensor := range append(slices.Clone(biases), fixed...) {
			e.write(tensor.Name, moved(tensor, 0))
		}
		got := dot(normals("direction "+bias.Name, bias.Elements()), e.run(gradients[bias.Name]))
		agree(t, "the gradient by "+bias.Name, got, difference(e, output, bias, cotangent))
	}
}

// checkGradientOfTangent compares d <c, J d> / d parameter with central differences of <c, J d>.
func checkGradientOfTangent(t *testing.T, operations []program.Operation, output, input program.Tensor, parameters []program.Tensor, levels program.Tensor) {
	t.Helper()
	moving := program.Tensor{Name: "moving", Shape: input.Shape, Role: program.Input}
	seed := program.Tensor{Name: "cotangent", Shape: output.Shape, Role: program.Input}
	forward, tangents, err := program.Tangent(operations, map[string]program.Tensor{input.Name: moving})
	if err != nil {
		t.Fatal(err)
	}
	both := append(slices.Clone(operations), forward...)
	tangent := tangents[output.Name]
	backward, gradients, err := program.Gradient(both, map[string]program.Tensor{tangent.Name: seed}, parameters)
	if err != nil {
		t.Fatal(err)
	}
	cotangent := normals(seed.Name, seed.Elements())
	for _, parameter := range parameters {
		gradient, found := gradients[parameter.Name]
		if !found { // biases move the Jacobian only across a rectifier's kink
			continue
		}
		e := newEvaluation(t, append(slices.Clone(both), backward...), tangent, gradient)
		e.write(seed.Name, cotangent)
		for _, tensor := range append(slices.Clone(parameters), input, moving, levels) {
			e.write(tensor.Name, moved(tensor, 0))
		}
		got := dot(normals("direction "+parameter.Name, parameter.Elements()), e.run(gradient))
		agree(t, "the tangent's gradient by "+parameter.Name, got, difference(e, tangent, parameter, cotangent))
	}
}
