package oracle

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/train"
)

// newStep returns the operations of a training step of a network on two images of 4x8, and values for all that they read.
func newStep(t *testing.T, name string, noiseMap bool) ([]program.Operation, map[string][]float64) {
	t.Helper()
	return stepOf(t, network.Description{Name: name, NoiseMap: noiseMap})
}

func stepOf(t *testing.T, description network.Description) ([]program.Operation, map[string][]float64) {
	t.Helper()
	n, err := description.Network()
	if err != nil {
		t.Fatal(err)
	}
	image := func(name string) program.Tensor {
		return program.Tensor{Name: name, Shape: []int{2, 4, 8, 1}, Role: program.Input}
	}
	u := train.Update{
		Network: n, Average: 0.99, Clean: image("clean"), Noisy: image("noisy"), Levels: program.Tensor{Name: "levels", Shape: []int{2}, Role: program.Input},
	}
	step, err := u.Operations()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]float64{}
	for _, tensor := range append(u.Stored(), u.Clean, u.Noisy, u.Levels) {
		values[tensor.Name] = normals(tensor.Name, tensor.Elements())
		if strings.HasSuffix(tensor.Name, network.AxesVariances) {
			for i, value := range values[tensor.Name] {
				values[tensor.Name][i] = value * value
			}
		}
		if len(tensor.Shape) == 4 && tensor.Role == program.Weight { // activations stay about as large
			for i := range values[tensor.Name] {
				values[tensor.Name][i] /= math.Sqrt(float64(tensor.Elements() / tensor.Shape[0]))
			}
		}
	}
	return step, values
}

// failures lists the results that a witness contradicts, and which witness.
func failures(rows []Row) []string {
	var failed []string
	for _, row := range rows {
		for _, distance := range row.Distances {
			if distance.Failed() {
				failed = append(failed, distance.Witness+": "+row.Kind+" "+strings.TrimPrefix(row.Tensor.Name, "weight/"))
			}
		}
	}
	return failed
}

// place finds the operation that reads or writes a gradient of a parameter, or of an operation's result.
func place(t *testing.T, step []program.Operation, is func(program.Operation) bool) int {
	t.Helper()
	at := slices.IndexFunc(step, is)
	if at < 0 {
		t.Fatal("the step has no such operation")
	}
	return at
}

// TestWrongGradientsAreFound makes one operation of a gradient wrong. Both independent witnesses contradict it at the parameters that it reaches, and nowhere
// else; the device, which takes the same operations, does not.
func TestWrongGradientsAreFound(t *testing.T) {
	weightGradient := func(of string) func(program.Operation) bool {
		return func(operation program.Operation) bool {
			op, is := operation.(program.WeightGradient)
			return is && strings.HasPrefix(op.WeightGradient.Name, "gradient/weight/"+of+"/")
		}
	}
	masked := func(operation program.Operation) bool {
		op, is := operation.(program.TransposedConvolution)
		return is && op.Mask.Name == "model.2"
	}
	for _, fault := range []struct {
		name  string
		wrong func(step []program.Operation, values map[string][]float64) []program.Operation
		found []string
	}{
		{"none", func(step []program.Operation, _ map[string][]float64) []program.Operation { return step }, nil},
		{
			"the sign of a weight gradient", func(step []program.Operation, _ map[string][]float64) []program.Operation {
				at := place(t, step, weightGradient("model.2.weight"))
				op := step[at].(program.WeightGradient)
				op.Negate = !op.Negate
				step[at] = op
				return step
			}, []string{"model.2.weight", "model.2.bias"},
		}, {
			"the border of a weight gradient", func(step []program.Operation, values map[string][]float64) []program.Operation {
				at := place(t, step, weightGradient("model.2.weight"))
				op := step[at].(program.WeightGradient)
				interior := program.Tensor{Name: "interior", Shape: op.Input.Shape, Role: program.Input}
				inside := program.Tensor{Name: "inside", Shape: op.Input.Shape}
				values[interior.Name] = make([]float64, interior.Elements())
				height, width, channels := interior.Shape[1], interior.Shape[2], interior.Shape[3]
				for i := range values[interior.Name] {
					if y, x := i/channels/width%height, i/channels%width; y < height-1 && x < width {
						values[interior.Name][i] = 1
					}
				}
				cut := program.Add{Inputs: []program.Tensor{op.Input}, Mask: interior, Output: inside}
				op.Input = inside
				step[at] = op
				return slices.Insert(step, at, program.Operation(cut))
			}, []string{"model.2.weight"},
		}, {
			"no mask", func(step []program.Operation, _ map[string][]float64) []program.Operation {
				at := place(t, step, masked)
				op := step[at].(program.TransposedConvolution)
				op.Mask = program.Tensor{}
				step[at] = op
				return step
			}, []string{"model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias"},
		}, {
			"the mask of another layer", func(step []program.Operation, _ map[string][]float64) []program.Operation {
				at := place(t, step, masked)
				op := step[at].(program.TransposedConvolution)
				op.Mask.Name = "model.0"
				step[at] = op
				return step
			}, []string{"model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias"},
		},
	} {
		t.Run(fault.name, func(t *testing.T) {
			step, values := newStep(t, "dncnn4x5", false)
			rows, err := check(fault.wrong(step, values), values, reference.New(), reference.New())
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, parameter := range fault.found {
				want = append(want, "gorgonia: gradient "+parameter, "differences: gradient "+parameter)
			}
			if got := failures(rows); !slices.Equal(got, want) {
				t.Errorf("contradicted are %q, want %q", got, want)
			}
		})
	}
}

// faulty is a device that computes one convolution's gradient with the wrong sign.
type faulty struct{ *reference.Device }

func (f faulty) Info() device.Info { return device.Info{Name: "faulty"} }

func (f faulty) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	wrong := *p
	wrong.Operations = slices.Clone(p.Operations)
	for i, operation := range wrong.Operations {
		if op, is := operation.(program.TransposedConvolution); is && strings.HasPrefix(op.Output.Name, "gradient/dec.0.0.a/") {
			op.Negate = !op.Negate
			wrong.Operations[i] = op
		}
	}
	return f.Device.Compile(&wrong, s, plan)
}

// TestWrongDevicesAreFound: the device is contradicted, the gradient's rules are not.
func TestWrongDevicesAreFound(t *testing.T) {
	step, values := newStep(t, "unet2x3b1", true)
	rows, err := Check(step, values, faulty{reference.New()})
	if err != nil {
		t.Fatal(err)
	}
	failed := failures(rows)
	if len(failed) < 3 || slices.ContainsFunc(failed, func(name string) bool { return !strings.HasPrefix(name, "faulty: gradient ") }) ||
		!slices.Contains(failed, "faulty: gradient dec.0.0.a.weight") || slices.Contains(failed, "faulty: gradient tail.weight") {
		t.Errorf("contradicted are %q", failed)
	}
}

// TestNothingPassesAsNaN: neither a witness whose values are not numbers, nor one that has none.
func TestNothingPassesAsNaN(t *testing.T) {
	one := []float64{1, 2}
	for _, got := range [][]float64{{1, math.NaN()}, {math.Inf(1), 2}, {1}, nil} {
		if distance := (Distance{Value: relative(got, one), Bound: 1}); !distance.Failed() {
			t.Errorf("%v is taken for %v", got, one)
		}
		if got != nil {
			if distance := (Distance{Value: relative(got, got), Bound: 1}); len(got) == 2 && !distance.Failed() {
				t.Errorf("%v is taken for itself", got)
			}
		}
	}
	if distance := (Distance{Value: relative([]float64{1e-300}, []float64{0}), Bound: 1}); !distance.Failed() {
		t.Error("something is taken for nothing")
	}
	if relative(one, []float64{1, 2}) != 0 || relative([]float64{0}, []float64{0}) != 0 || math.Abs(relative([]float64{3, 5}, []float64{3, 4})-0.2) > 1e-15 {
		t.Error("distances are wrong")
	}
	step, values := newStep(t, "dncnn2x2", false)
	values["noisy"][3] = math.NaN()
	rows, err := Check(step, values, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if !row.Failed() {
			t.Errorf("the %s %v passes on an image with a NaN", row.Kind, row.Tensor)
		}
	}
}

// TestStepsThatCannotBeChecked are errors that say why.
func TestStepsThatCannotBeChecked(t *testing.T) {
	step, values := newStep(t, "dncnn2x2", false)
	for name, c := range map[string]struct {
		step   []program.Operation
		values map[string][]float64
		want   string
	}{
		"no gradients": {step[:2], values, "no gradients"},
		"no values":    {step, map[string][]float64{}, "there are 0 values for "},
	} {
		if _, err := Check(c.step, c.values, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
