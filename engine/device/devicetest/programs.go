package devicetest

import (
	"math"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

// chain is a small residual network with both strides, its loss and gradients: it holds temporaries of many sizes and lifetimes, some
// read long after they were written, so that an arena that reuses memory too early gives wrong results.
func chain(samples, size int) (*program.Program, []program.Tensor, error) {
	temporary := func(name string, side, channels int) program.Tensor {
		return program.Tensor{Name: name, Shape: []int{samples, side, side, channels}}
	}
	weight := func(name string, shape ...int) program.Tensor {
		return program.Tensor{Name: name, Shape: shape, Role: program.Weight}
	}
	noisy := program.Tensor{Name: "noisy", Shape: []int{samples, size, size, 1}, Role: program.Input}
	clean := program.Tensor{Name: "clean", Shape: []int{samples, size, size, 1}, Role: program.Input}
	head, bias, first, second := weight("head", 6, 1, 3, 3), weight("bias", 6), weight("first", 6, 6, 3, 3), weight("second", 6, 6, 3, 3)
	down, up, tail := weight("down", 10, 6, 2, 2), weight("up", 10, 6, 2, 2), weight("tail", 1, 6, 3, 3)
	h, a, b := temporary("h", size, 6), temporary("a", size, 6), temporary("b", size, 6)
	d, u := temporary("d", size/2, 10), temporary("u", size, 6)
	denoised := temporary("denoised", size, 1)
	forward := []program.Operation{
		program.Convolution{Input: noisy, Weight: head, Bias: bias, Output: h},
		program.Convolution{Input: h, Weight: first, Output: a, ReLU: true},
		program.Convolution{Input: a, Weight: second, Residuals: []program.Tensor{h}, Output: b},
		program.Convolution{Input: b, Weight: down, Output: d},
		program.TransposedConvolution{Input: d, Weight: up, Residuals: []program.Tensor{h, b}, Output: u},
		program.Convolution{Input: u, Weight: tail, Residuals: []program.Tensor{noisy}, Output: denoised, Negate: true},
	}
	losses := program.Tensor{Name: "losses", Shape: []int{samples}, Role: program.Recorded}
	gradient := temporary("gradient", size, 1)
	weights := []program.Tensor{head, bias, first, second, down, up, tail}
	backward, gradients, err := program.Gradient(forward, map[string]program.Tensor{"denoised": gradient}, weights)
	if err != nil {
		return nil, nil, err
	}
	p := &program.Program{Name: "chain", Operations: forward}
	p.Append(program.MSE{Denoised: denoised, Clean: clean, Losses: losses, Gradient: gradient})
	p.Append(backward...)
	outputs := []program.Tensor{losses}
	for _, w := range weights {
		out := program.Tensor{Name: "out/" + w.Name, Shape: w.Shape, Role: program.Recorded}
		p.Append(program.Add{Inputs: []program.Tensor{gradients[w.Name]}, Output: out})
		outputs = append(outputs, out)
	}
	return p, outputs, nil
}

// testPrograms runs the chain at two sizes over one State's weights, twice each in turn, against the reference.
func testPrograms(t T, d device.Device, guards bool) {
	for _, size := range []int{2, 6, 18} {
		p, outputs, err := chain(3, size)
		if err != nil {
			t.Fatal(err)
		}
		want := runProgram(t, reference.New(), p, outputs, 1, false)
		for name, got := range runProgram(t, d, p, outputs, 2, guards) {
			if distance := relativeDistance(got, want[name]); !(distance <= 2e-6) {
				t.Errorf("size %d: %s is %v from the reference, relative to its norm", size, name, distance)
			}
		}
	}
}

func relativeDistance(got, want []float64) float64 {
	difference, norm := 0.0, 0.0
	for i := range want {
		difference += (got[i] - want[i]) * (got[i] - want[i])
		norm += want[i] * want[i]
	}
	return math.Sqrt(difference / norm)
}

func runProgram(t T, d device.Device, p *program.Program, outputs []program.Tensor, times int, guards bool) map[string][]float64 {
	t.Helper()
	var stored []program.Tensor
	for _, tensor := range p.Tensors() {
		if tensor.Role != program.Temporary {
			stored = append(stored, tensor)
		}
	}
	state, err := d.NewState(stored)
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	executable, err := d.Compile(p, state, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer executable.Close()
	for index, tensor := range stored {
		values := make([]float32, tensor.Elements())
		for i := range values {
			values[i] = value(index, i) * float32(0.5)
			if tensor.Role == program.Recorded {
				values[i] = float32(math.NaN())
			}
		}
		if err := state.Write(tensor.Name, values); err != nil {
			t.Fatal(err)
		}
	}
	for range times {
		if err := executable.Run(program.Scalars{}); err != nil {
			t.Fatal(err)
		}
	}
	results := map[string][]float64{}
	for _, tensor := range outputs {
		results[tensor.Name] = make([]float64, tensor.Elements())
		if err := state.Read(tensor.Name, results[tensor.Name]); err != nil {
			t.Fatal(err)
		}
	}
	if guards {
		checkGuards(t, state)
		checkGuards(t, executable)
	}
	return results
}
