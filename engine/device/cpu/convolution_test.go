package cpu

import (
	"fmt"
	"math"
	"testing"
	"time"

	"tweedie/engine/device"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

func activation(name string, shape ...int) program.Tensor {
	return program.Tensor{Name: name, Shape: shape, Role: program.Input}
}

func uniform(t testing.TB, s device.State, tensors ...program.Tensor) {
	t.Helper()
	for index, tensor := range tensors {
		values := make([]float32, tensor.Elements())
		for i := range values {
			values[i] = 2*random.Uniform(random.Words(3, random.Noise, 0, uint32(index), uint32(i))[0]) - 1
		}
		if err := s.Write(tensor.Name, values); err != nil {
			t.Fatal(err)
		}
	}
}

// compiled opens a device, fills the tensors that the operations read and compiles them.
func compiled(t testing.TB, options Options, plan device.Plan, operations ...program.Operation) (device.State, device.Executable) {
	t.Helper()
	d, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	p := &program.Program{Name: "test", Operations: operations}
	var stored []program.Tensor
	for _, tensor := range p.Tensors() {
		if tensor.Role != program.Temporary {
			stored = append(stored, tensor)
		}
	}
	s, err := d.NewState(stored)
	if err != nil {
		t.Fatal(err)
	}
	uniform(t, s, stored...)
	e, err := d.Compile(p, s, plan)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.Close()
		s.Close()
		d.Close()
	})
	return s, e
}

// planned is a plan that asks for an algorithm of a convolution or one of its gradients.
func planned(operation program.Operation, algorithm, tier string) device.Plan {
	key := ""
	switch op := operation.(type) {
	case program.Convolution:
		key = convolutionKey(convolutionKind, op.Output, op.Weight)
	case program.TransposedConvolution:
		key = convolutionKey(transposedKind, op.Output, op.Weight)
	case program.WeightGradient:
		key = convolutionKey(weightGradientKind, op.OutputGradient, op.WeightGradient)
	}
	return device.Plan{Device: "cpu", Algorithms: map[string]string{key: algorithm + " " + tier}}
}

func read(t testing.TB, s device.State, tensor program.Tensor) []float32 {
	t.Helper()
	values := make([]float32, tensor.Elements())
	if err := s.Read(tensor.Name, values); err != nil {
		t.Fatal(err)
	}
	return values
}

// TestPartEqualsWhole: two layers, by direct sums, over a part of an image, with a margin, give the same bits there as over the whole image, which is cut into other
// tiles: denoising by tiles relies on it. One of the layers is thin.
func TestPartEqualsWhole(t *testing.T) {
	const height, width, top, left, partHeight, partWidth, margin = 67, 150, 13, 5, 31, 59, 2
	for _, tier := range Tiers() {
		compute := func(h, w int, crop func(whole []float32) []float32) []float32 {
			input := activation("input", 1, h, w, 5)
			first, second := activation("first", 32, 5, 3, 3), activation("second", 1, 32, 3, 3)
			hidden := program.Tensor{Name: "hidden", Shape: []int{1, h, w, 32}}
			output := activation("output", 1, h, w, 1)
			s, e := compiled(t, Options{Tier: tier, Threads: 2}, device.Plan{},
				program.Convolution{Input: input, Weight: first, Output: hidden, ReLU: true}, program.Convolution{Input: hidden, Weight: second, Output: output})
			uniform(t, s, first, second)
			whole := make([]float32, height*width*5)
			for i := range whole {
				whole[i] = random.Uniform(random.Words(5, random.Noise, 0, 0, uint32(i))[0])
			}
			if err := s.Write("input", crop(whole)); err != nil {
				t.Fatal(err)
			}
			if err := e.Run(program.Scalars{}); err != nil {
				t.Fatal(err)
			}
			return read(t, s, output)
		}
		whole := compute(height, width, func(whole []float32) []float32 { return whole })
		part := compute(partHeight, partWidth, func(whole []float32) []float32 {
			var rows []float32
			for y := top; y < top+partHeight; y++ {
				rows = append(rows, whole[(y*width+left)*5:(y*width+left+partWidth)*5]...)
			}
			return rows
		})
		for y := margin; y < partHeight-margin; y++ {
			for x := margin; x < partWidth-margin; x++ {
				if a, b := part[y*partWidth+x], whole[(top+y)*width+left+x]; a != b {
					t.Fatalf("%s: pixel %d, %d is %v in the part and %v in the whole", tier, y, x, a, b)
				}
			}
		}
	}
}

// TestNaNPasses: neither ReLU nor a tile's unused lanes hide a NaN, and it reaches the pixels within the kernel only or, by Winograd, no more than
// the tiles that these are in.
func TestNaNPasses(t *testing.T) {
	for _, tier := range Tiers() {
		for _, channels := range []int{1, 17, 32} {
			for _, algorithm := range Algorithms() {
				testNaNPasses(t, tier, algorithm.Name, channels)
			}
		}
	}
}

func testNaNPasses(t *testing.T, tier, algorithm string, channels int) {
	input, weight, output := activation("input", 1, 9, 20, 32), activation("weight", channels, 32, 3, 3), activation("output", 1, 9, 20, channels)
	operation := program.Convolution{Input: input, Weight: weight, Output: output, ReLU: true}
	s, e := compiled(t, Options{Tier: tier}, planned(operation, algorithm, tier), operation)
	values := read(t, s, input)
	values[(4*20+7)*32+31] = float32(math.NaN())
	if err := s.Write("input", values); err != nil {
		t.Fatal(err)
	}
	if err := e.Run(program.Scalars{}); err != nil {
		t.Fatal(err)
	}
	for i, value := range read(t, s, output) {
		y, x := i/channels/20, i/channels%20
		near := y >= 3 && y <= 5 && x >= 6 && x <= 8
		far := algorithm == direct && !near || y > 7 || x < 4 || x > 11
		if isNaN := math.IsNaN(float64(value)); near && !isNaN || far && isNaN {
			t.Fatalf("%s, %s, %d channels: pixel %d, %d is %v", tier, algorithm, channels, y, x, value)
		}
	}
}

// BenchmarkConvolution reports each pass of typical layers in GFLOP/s and as a share of the measured peak, on all threads: the fastest of
// the iterations, since other programs take their turns on the same cores.
func BenchmarkConvolution(b *testing.B) {
	for _, tier := range Tiers() {
		for _, c := range []struct{ samples, size, inputs, outputs, kernel int }{
			{16, 40, 64, 64, 3}, {16, 64, 64, 64, 3}, {16, 64, 32, 32, 3}, {16, 16, 128, 128, 3}, {16, 8, 256, 256, 3}, {16, 64, 1, 64, 3}, {16, 64, 64, 1, 3},
			{16, 40, 48, 48, 3}, {16, 32, 64, 64, 3}, {16, 64, 8, 8, 3}, {16, 64, 16, 16, 3}, {16, 6, 64, 64, 3}, {2, 8, 128, 128, 3}, {16, 64, 64, 64, 1}, {16, 64, 32, 64, 2},
		} {
			narrow := c.size
			if c.kernel == 2 {
				narrow /= 2
			}
			wide, weight := activation("wide", c.samples, c.size, c.size, c.inputs), activation("weight", c.outputs, c.inputs, c.kernel, c.kernel)
			result := activation("narrow", c.samples, narrow, narrow, c.outputs)
			gradient, bias := activation("gradient", weight.Shape...), activation("bias", c.outputs)
			mask, wideOut := activation("mask", wide.Shape...), activation("wideOut", wide.Shape...)
			for _, pass := range []struct {
				name      string
				operation program.Operation
			}{
				{"forward", program.Convolution{Input: wide, Weight: weight, Bias: bias, Output: result, ReLU: true}},
				{"data", program.TransposedConvolution{Input: result, Weight: weight, Mask: mask, Output: wideOut}},
				{"weight", program.WeightGradient{Input: wide, OutputGradient: result, WeightGradient: gradient, BiasGradient: bias}},
			} {
				for _, algorithm := range Algorithms() {
					if !algorithm.Applies(pass.operation) {
						continue
					}
					name := fmt.Sprintf("%s/%dx%d,%dx%d,%d>%d/%s/%s", tier, c.kernel, c.kernel, c.size, c.size, c.inputs, c.outputs, pass.name, algorithm.Name)
					b.Run(name, func(b *testing.B) {
						s, e := compiled(b, Options{Tier: tier}, planned(pass.operation, algorithm.Name, tier), pass.operation)
						peak := s.(*state).device.PeakGFLOPS()
						work := (&program.Program{Operations: []program.Operation{pass.operation}}).Work()
						fastest := time.Duration(math.MaxInt64)
						for b.Loop() {
							start := time.Now()
							if err := e.Run(program.Scalars{}); err != nil {
								b.Fatal(err)
							}
							fastest = min(fastest, time.Since(start))
						}
						b.ReportMetric(work/float64(fastest.Nanoseconds()), "GFLOP/s")
						b.ReportMetric(100*work/float64(fastest.Nanoseconds())/peak, "%peak")
					})
				}
			}
		}
	}
}
