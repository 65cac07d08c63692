package cpu

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/noise"
	"tweedie/engine/program"
)

func TestNewRefusesWhatThereIsNot(t *testing.T) {
	for name, options := range map[string]Options{"threads": {Threads: -1}, "tier": {Tier: "mmx"}} {
		if d, err := New(options); err == nil {
			d.Close()
			t.Errorf("%s: no error", name)
		}
	}
	t.Setenv(tierVariable, "mmx")
	if _, err := New(Options{}); err == nil || !strings.Contains(err.Error(), tierVariable) {
		t.Errorf("%s=mmx gives %v", tierVariable, err)
	}
}

// TestPlanChoosesTier: a program compiled with the plan of one tier gives that tier's bits on a device opened with another.
func TestPlanChoosesTier(t *testing.T) {
	input, weight, output := activation("input", 2, 9, 11, 32), activation("weight", 1, 32, 3, 3), activation("output", 2, 9, 11, 1)
	operation := program.Convolution{Input: input, Weight: weight, Output: output}
	run := func(tier string, plan device.Plan) ([]float32, device.Plan) {
		s, e := compiled(t, Options{Tier: tier}, plan, operation)
		if err := e.Run(program.Scalars{}); err != nil {
			t.Fatal(err)
		}
		return read(t, s, output), e.Plan()
	}
	tiers := Tiers()
	want, plan := run(tiers[0], device.Plan{})
	got, kept := run(tiers[len(tiers)-1], plan)
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("element %d is %v with the plan, want %v", i, got[i], want[i])
		}
	}
	for key, algorithm := range plan.Algorithms {
		if kept.Algorithms[key] != algorithm {
			t.Errorf("%s: the plan %q became %q", key, algorithm, kept.Algorithms[key])
		}
		plan.Algorithms[key] = "direct mmx"
	}
	d, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s, err := d.NewState([]program.Tensor{input, weight, output})
	if err != nil {
		t.Fatal(err)
	}
	p := &program.Program{Name: "test", Operations: []program.Operation{operation}}
	if _, err := d.Compile(p, s, plan); err == nil || !strings.Contains(err.Error(), "direct mmx") {
		t.Errorf("a plan with an unknown tier gives %v", err)
	}
	if _, err := d.Compile(p, s, device.Plan{Device: "cuda"}); err == nil {
		t.Error("a plan of another device is accepted")
	}
	overItself := program.Convolution{Input: output, Weight: activation("w", 1, 1, 3, 3), Output: output}
	inPlace := &program.Program{Name: "test", Operations: []program.Operation{overItself}}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Compile(p, s, device.Plan{}); err == nil {
		t.Error("a closed state is accepted")
	}
	if s, err = d.NewState([]program.Tensor{output, activation("w", 1, 1, 3, 3)}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Compile(inPlace, s, device.Plan{}); err == nil {
		t.Error("a convolution over its own input is accepted")
	}
}

// TestPlanChoosesAlgorithm: a plan of direct sums, such as one from before there was another algorithm, gives their bits where the default is
// Winograd; a plan asks for Winograd only where it is known.
func TestPlanChoosesAlgorithm(t *testing.T) {
	tiers := Tiers()
	tier := tiers[len(tiers)-1]
	input, weight, output := activation("input", 2, 16, 20, 32), activation("weight", 16, 32, 3, 3), activation("output", 2, 16, 20, 16)
	operation := program.Convolution{Input: input, Weight: weight, Output: output}
	run := func(plan device.Plan) ([]float32, device.Plan) {
		s, e := compiled(t, Options{Tier: tier}, plan, operation)
		if err := e.Run(program.Scalars{}); err != nil {
			t.Fatal(err)
		}
		return read(t, s, output), e.Plan()
	}
	byDefault, plan := run(device.Plan{})
	byPlan, kept := run(planned(operation, direct, tier))
	again, _ := run(plan)
	if !slices.Equal(byDefault, again) {
		t.Error("the default's own plan gives other bits")
	}
	if slices.Equal(byDefault, byPlan) == hasWinograd {
		t.Errorf("direct sums equal the default: %v", !hasWinograd)
	}
	if want := planned(operation, direct, tier); !maps.Equal(kept.Algorithms, want.Algorithms) {
		t.Errorf("the plan %v became %v", want, kept)
	}
	if want := planned(operation, winograd, tier); hasWinograd != maps.Equal(plan.Algorithms, want.Algorithms) {
		t.Errorf("the default's plan is %v", plan)
	}
	small := program.Convolution{Input: input, Weight: activation("small", 16, 32, 1, 1), Output: output}
	for _, refused := range []program.Operation{small, operation} {
		if refused.(program.Convolution).Weight.Shape[2] == 3 && hasWinograd {
			continue
		}
		d, err := New(Options{Tier: tier})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		p := &program.Program{Name: "test", Operations: []program.Operation{refused}}
		s, err := d.NewState(p.Tensors())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := d.Compile(p, s, planned(refused, winograd, tier)); err == nil || !strings.Contains(err.Error(), winograd) {
			t.Errorf("Winograd for %v gives %v", refused.(program.Convolution).Weight, err)
		}
	}
}

// TestDefaultAlgorithm: Winograd from 16 channels on, where tiles are not mostly border, and for gradients of 32 tiles or more.
func TestDefaultAlgorithm(t *testing.T) {
	for _, c := range []struct {
		samples, height, width, inputs, outputs, kernel int
		convolution, gradient                           bool
	}{
		{8, 64, 64, 32, 32, 3, true, true}, {8, 64, 64, 16, 32, 3, true, true}, {8, 64, 64, 15, 32, 3, false, false}, {8, 64, 64, 32, 1, 3, false, false},
		{8, 8, 8, 256, 256, 3, true, true}, {7, 8, 8, 256, 256, 3, true, false}, {64, 5, 5, 64, 64, 3, false, false}, {64, 6, 6, 64, 64, 3, true, true},
		{8, 64, 64, 32, 32, 1, false, false}, {64, 2, 64, 32, 32, 3, true, true}, {64, 1, 64, 32, 32, 3, false, false},
	} {
		tensor, weight := activation("t", c.samples, c.height, c.width, c.outputs), activation("w", c.outputs, c.inputs, c.kernel, c.kernel)
		if convolution, gradient := winogradFits(tensor, weight, false), winogradFits(tensor, weight, true); convolution != c.convolution || gradient != c.gradient {
			t.Errorf("%+v: %v and %v", c, convolution, gradient)
		}
	}
}

// TestRunAfterClose gives an error, not a crash.
func TestRunAfterClose(t *testing.T) {
	operation := program.Add{Inputs: []program.Tensor{activation("a", 4)}, Output: activation("b", 4)}
	s, e := compiled(t, Options{}, device.Plan{}, operation)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Run(program.Scalars{}); err == nil {
		t.Error("Run over a closed state gives no error")
	}
	if err := s.Read("a", make([]float32, 4)); err == nil {
		t.Error("Read from a closed state gives no error")
	}
}

// TestRunAllocatesNothing: a step of every kind of operation leaves the garbage collector alone.
func TestRunAllocatesNothing(t *testing.T) {
	image := func(name string) program.Tensor { return program.Tensor{Name: name, Shape: []int{2, 8, 8, 1}} }
	vector := func(name string) program.Tensor { return program.Tensor{Name: name, Shape: []int{2, 1, 1, 64}} }
	factor := program.Tensor{Name: "factor", Shape: []int{2}}
	samples := program.Tensor{Name: "samples", Shape: []int{100}, Type: program.Uint8, Role: program.Images}
	index := program.Tensor{Name: "index", Shape: []int{1, 4}, Type: program.Uint32, Role: program.Images}
	weight, gradient, norm := activation("weight", 1, 1, 3, 3), program.Tensor{Name: "gradient", Shape: []int{1, 1, 3, 3}}, activation("norm", 1)
	levels, losses := program.Tensor{Name: "levels", Shape: []int{2}}, program.Tensor{Name: "losses", Shape: []int{2}}
	conditions := program.Tensor{Name: "conditions", Shape: []int{2, 3}}
	other := func(name string) program.Tensor { return program.Tensor{Name: name, Shape: []int{2}} }
	poisson := noise.Component{Model: 1, Ranges: [2]noise.Range{{From: 1, To: 30, Logarithmic: true}}, Until: 1}
	p := &program.Program{Name: "step", Operations: []program.Operation{
		program.Patches{Samples: samples, Index: index, Output: image("clean")},
		program.AddNoise{Clean: image("clean"), Noisy: image("noisy"), Levels: levels, To: 1, Stream: 4},
		program.DrawConditions{Conditions: conditions, Levels: program.Tensor{Name: "other levels", Shape: []int{2}}, Components: []noise.Component{poisson}},
		program.Observe{Clean: image("clean"), Noisy: image("seen"), Conditions: conditions, Stream: 4},
		program.Convolution{Input: image("noisy"), Weight: weight, Output: image("denoised")},
		program.Precondition{Levels: levels, Skip: factor, SigmaData: 0.5},
		program.ScaleSamples{Inputs: []program.Tensor{image("denoised")}, Factors: []program.Tensor{factor}, Output: image("scaled")},
		program.Reshape{Input: image("scaled"), Output: vector("vector")},
		program.SiLU{Input: vector("vector"), Output: vector("activated")},
		program.MSE{Denoised: image("denoised"), Clean: image("clean"), Losses: losses, Gradient: image("error")},
		program.L1{Denoised: image("denoised"), Clean: image("clean"), Losses: other("absolute"), Gradient: image("signs")},
		program.RandomProbe{Output: image("probe"), Stream: 9},
		program.RandomProbe{Output: image("direction"), Stream: 9, Normal: true},
		program.SURE{Denoised: image("denoised"), Noisy: image("seen"), Probe: image("probe"), Tangent: image("denoised"), Conditions: conditions,
			Losses: other("risks"), Gradient: image("of risks"), TangentGradient: image("of tangents")},
		program.Displace{Noisy: image("seen"), Probe: image("direction"), Conditions: conditions, Levels: levels, Share: 0.25,
			Displaced: program.Tensor{Name: "displaced", Shape: []int{4, 8, 8, 1}}, Raised: program.Tensor{Name: "raised", Shape: []int{4}}},
		program.WeightGradient{Input: image("noisy"), OutputGradient: image("error"), WeightGradient: gradient},
		program.GradientNorm{Gradients: []program.Tensor{gradient}, Norm: norm},
		program.Adam{Weight: weight, Gradient: gradient, FirstMoment: activation("m", 1, 1, 3, 3), SecondMoment: activation("v", 1, 1, 3, 3), Norm: norm,
			Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
		program.Average{Average: activation("average", 1, 1, 3, 3), Weight: weight, Decay: 0.99},
		program.Record{Losses: losses, Norm: norm, Ring: activation("ring", 3, 2)},
	}}
	d, err := New(Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
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
	defer s.Close()
	if err := s.Write("index", []uint32{0, 0, 10, 10}); err != nil {
		t.Fatal(err)
	}
	e, err := d.Compile(p, s, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	step := uint64(0)
	allocations := testing.AllocsPerRun(20, func() {
		if err := e.Run(program.Scalars{Step: step, LearningRate: 1.7e-3}); err != nil {
			t.Fatal(err)
		}
		step++
	})
	if allocations != 0 {
		t.Errorf("a step allocates %v times", allocations)
	}
}

// TestBadIndexGivesNaN: an image index that points outside the samples yields NaN, which stops the update, and reads nothing outside.
func TestBadIndexGivesNaN(t *testing.T) {
	samples := program.Tensor{Name: "samples", Shape: []int{100}, Type: program.Uint8, Role: program.Images}
	index := program.Tensor{Name: "index", Shape: []int{1, 4}, Type: program.Uint32, Role: program.Images}
	for name, row := range map[string][]uint32{
		"too small": {0, 0, 3, 20}, "past the end": {40, 0, 8, 8}, "far past the end": {0, 1 << 31, 8, 8}, "huge": {0, 0, 1 << 31, 1 << 31},
	} {
		output := make([]float32, 16)
		crop(program.Patches{Samples: samples, Index: index, Output: activation("output", 1, 4, 4, 1)}, 0, make([]uint8, 100), row, output, 255)
		for _, value := range output {
			if value == value {
				t.Fatalf("%s: the patch holds %v", name, value)
			}
		}
	}
}

// TestProfileIsARun: a profiled pass gives the bits of a run, and names every operation in order.
func TestProfileIsARun(t *testing.T) {
	input, weight, hidden := activation("input", 2, 9, 11, 32), activation("weight", 32, 32, 3, 3), program.Tensor{Name: "hidden", Shape: []int{2, 9, 11, 32}}
	output := activation("output", 2, 9, 11, 32)
	s, e := compiled(t, Options{}, device.Plan{},
		program.Convolution{Input: input, Weight: weight, Output: hidden}, program.Add{Inputs: []program.Tensor{hidden, input}, Output: output})
	if err := e.Run(program.Scalars{}); err != nil {
		t.Fatal(err)
	}
	want := read(t, s, output)
	uniform(t, s, output)
	times, err := e.(device.Profiler).Profile(program.Scalars{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(read(t, s, output), want) {
		t.Error("a profiled pass gives other bits")
	}
	if len(times) != 2 || times[0].Key != "convolution 3x3 2x9x11 32>32" || times[1].Key != "add 2x9x11x32" || times[0].Time <= 0 || times[1].Time <= 0 {
		t.Errorf("%v", times)
	}
	if times[0].Algorithm != e.Plan().Algorithms[times[0].Key] || times[0].Algorithm == "" || times[1].Algorithm != "" {
		t.Errorf("algorithms %q and %q, plan %v", times[0].Algorithm, times[1].Algorithm, e.Plan())
	}
}
