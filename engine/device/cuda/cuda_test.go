//go:build gpu

package cuda

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

func opened(t *testing.T) *Device {
	t.Helper()
	needsDriver(t)
	d, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func tensor(name string, role program.Role, shape ...int) program.Tensor {
	return program.Tensor{Name: name, Shape: shape, Role: role}
}

// ran computes the operations on a device, with every tensor that is not temporary filled by its name, and returns one of them.
func ran(t *testing.T, d device.Device, result string, runs int, operations ...program.Operation) []float64 {
	t.Helper()
	p := &program.Program{Name: t.Name(), Operations: operations}
	kept := slices.DeleteFunc(p.Tensors(), func(t program.Tensor) bool { return t.Role == program.Temporary })
	s, err := d.NewState(kept)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e, err := d.Compile(p, s, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var values []float64
	for _, held := range kept {
		filled := make([]float64, held.Elements())
		for i := range filled {
			filled[i] = 0.1 + math.Abs(math.Sin(float64(i+len(held.Name)*int(held.Name[0]))))
		}
		if err := s.Write(held.Name, filled); err != nil {
			t.Fatal(err)
		}
		if held.Name == result {
			values = filled
		}
	}
	for step := range runs {
		if err := e.Run(program.Scalars{Step: uint64(step), LearningRate: 1e-2}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Read(result, values); err != nil {
		t.Fatal(err)
	}
	return values
}

func near(t *testing.T, got, want []float64, bound float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= bound) {
			t.Fatalf("element %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// TestWeightIsPackedAfterItsLastWrite: convolutions before and behind an operation that changes the weight read the old one and the new one, in every
// run anew.
func TestWeightIsPackedAfterItsLastWrite(t *testing.T) {
	d := opened(t)
	image, weight, change := tensor("image", program.Input, 1, 5, 4, 3), tensor("weight", program.Weight, 3, 3, 3, 3), tensor("change", program.Input, 3, 3, 3, 3)
	before, after := tensor("before", program.Temporary, 1, 5, 4, 3), tensor("after", program.Temporary, 1, 5, 4, 3)
	sum := tensor("sum", program.Recorded, 1, 5, 4, 3)
	operations := []program.Operation{
		program.Convolution{Input: image, Weight: weight, Output: before},
		program.Add{Inputs: []program.Tensor{weight, change}, Output: weight},
		program.Convolution{Input: before, Weight: weight, Output: after},
		program.Convolution{Input: after, Weight: weight, Residuals: []program.Tensor{before}, Output: sum},
	}
	want := ran(t, reference.New(), "sum", 3, operations...)
	near(t, ran(t, d, "sum", 3, operations...), want, 1e-5*slices.Max(want))
}

// TestOptimiserIsFused as far as the program allows, and gives what the operations give one by one.
func TestOptimiserIsFused(t *testing.T) {
	norm := tensor("norm", program.Input, 1)
	adam := func(n string, clip float32) program.Adam {
		return program.Adam{
			Weight: tensor("w"+n, program.Weight, 5), Gradient: tensor("g"+n, program.Input, 5), FirstMoment: tensor("m"+n, program.FirstMoment, 5),
			SecondMoment: tensor("v"+n, program.SecondMoment, 5), Norm: norm, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Clip: clip,
		}
	}
	average := func(n, of string, decay float32) program.Average {
		return program.Average{Average: tensor("a"+n, program.Averaged, 5), Weight: tensor(of, program.Weight, 5), Decay: decay}
	}
	add := program.Add{Inputs: []program.Tensor{tensor("w1", program.Weight, 5)}, Output: tensor("copy", program.Recorded, 5)}
	for name, c := range map[string]struct {
		operations []program.Operation
		units      int
	}{
		"all in one":                     {[]program.Operation{adam("1", 0), average("1", "w1", 0.99), adam("2", 0), average("2", "w2", 0.99)}, 1},
		"updates first":                  {[]program.Operation{adam("1", 0), adam("2", 0), average("2", "w2", 0.99), average("1", "w1", 0.99)}, 1},
		"an average of something else":   {[]program.Operation{adam("1", 0), average("1", "w9", 0.99), average("2", "w1", 0.99)}, 1},
		"averages alone":                 {[]program.Operation{average("1", "w8", 0.5), average("2", "w9", 0.5)}, 1},
		"two clips":                      {[]program.Operation{adam("1", 0), adam("2", 1)}, 2},
		"two decays":                     {[]program.Operation{adam("1", 0), average("1", "w1", 0.99), average("2", "w1", 0.5)}, 2},
		"the old weight's average":       {[]program.Operation{average("1", "w1", 0.99), adam("1", 0)}, 2},
		"two averages of a weight":       {[]program.Operation{adam("1", 0), average("1", "w1", 0.99), average("2", "w1", 0.99)}, 2},
		"one weight twice":               {[]program.Operation{adam("1", 0), adam("1", 0)}, 2},
		"an average of an average":       {[]program.Operation{average("1", "w1", 0.99), average("2", "a1", 0.99)}, 2},
		"another operation in the midst": {[]program.Operation{adam("1", 0), add, adam("2", 0)}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range c.operations {
				if op, ok := c.operations[i].(program.Average); ok && op.Weight.Name == "a1" {
					op.Weight.Role = program.Averaged
					c.operations[i] = op
				}
			}
			count := 0
			for i := 0; i < len(c.operations); count++ {
				switch c.operations[i].(type) {
				case program.Adam, program.Average:
					i = groupAt(c.operations, i).last + 1
				default:
					i++
				}
			}
			if count != c.units {
				t.Errorf("%d units, want %d", count, c.units)
			}
			if os.Getenv("TWEEDIE_CUDA_DRIVER") == "" {
				return
			}
			d := opened(t)
			for _, operation := range c.operations {
				for _, written := range operation.Writes() {
					near(t, ran(t, d, written.Name, 3, c.operations...), ran(t, reference.New(), written.Name, 3, c.operations...), 2e-6)
				}
			}
		})
	}
}

// TestMeasureTimesEveryAlgorithm, and a plan made of it compiles, as does one of another algorithm; a plan of one that is not there is an error
// that names those that are.
func TestMeasureTimesEveryAlgorithm(t *testing.T) {
	d := opened(t)
	half := func(name string, role program.Role) program.Tensor {
		return program.Tensor{Name: name, Shape: []int{1, 4, 4, 16}, Type: program.BFloat16, Role: role}
	}
	op := program.Convolution{Input: half("input", program.Input), Weight: tensor("weight", program.Weight, 16, 16, 3, 3), Output: half("output", program.Recorded)}
	p := &program.Program{Name: "one", Operations: []program.Operation{op, program.Convolution{Input: op.Output, Weight: op.Weight, Output: half("again", program.Recorded)}}}
	_, algorithms, err := d.alternatives(op)
	if err != nil {
		t.Fatal(err)
	}
	measurements, err := d.Measure(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(algorithms) < 2 || len(measurements) != len(algorithms) {
		t.Fatalf("%v are timed, want each of %v once", measurements, algorithms)
	}
	s, err := d.NewState(p.Tensors())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	key := measurements[0].Key
	for _, m := range measurements {
		if !(m.Milliseconds > 0) || m.Work != 2*9*16*16*16 || m.Key != key {
			t.Errorf("a measurement is %+v", m)
		}
		plan := device.Plan{Device: "cuda", Algorithms: map[string]string{key: m.Algorithm}}
		e, err := d.Compile(p, s, plan)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Plan().Algorithms[key]; got != m.Algorithm {
			t.Errorf("the plan names %s, and %s is taken", m.Algorithm, got)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	_, err = d.Compile(p, s, device.Plan{Device: "cuda", Algorithms: map[string]string{key: "abacus"}})
	if err == nil || !strings.Contains(err.Error(), `"abacus"`) || !strings.Contains(err.Error(), string(algorithms[0])) {
		t.Errorf("a plan of an unknown algorithm gives %v", err)
	}
}

// TestTooLittleMemory says what was needed, for what, and what was free, of a state and of a program; memory is whole again afterwards.
func TestTooLittleMemory(t *testing.T) {
	needsDriver(t)
	const variable = "TWEEDIE_EMULATOR_MEMORY" // read when the driver starts, therefore another process
	if os.Getenv(variable) == "" {
		command := exec.Command(os.Args[0], "-test.run=^TestTooLittleMemory$")
		command.Env = append(os.Environ(), variable+"=20000000")
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
		return
	}
	d := opened(t)
	if !strings.HasPrefix(d.Info().Description, "Emulated") {
		t.Skip("a real device's memory cannot be limited")
	}
	for range 3 {
		_, err := d.NewState([]program.Tensor{{Name: "images", Shape: []int{30e6}, Type: program.Uint8, Role: program.Images}})
		short := (*device.MemoryError)(nil)
		if !errors.As(err, &short) || short.What != "the image set" || short.Needed < 30e6 || short.Free > 20e6 || short.Total != 20e6 {
			t.Errorf("a state that is too large gives %v", err)
		}
		image := tensor("image", program.Input, 1e6)
		s, err := d.NewState([]program.Tensor{image})
		if err != nil {
			t.Fatal(err)
		}
		p := &program.Program{Name: "long"}
		previous := image
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			next := tensor(name, program.Temporary, 1e6)
			p.Append(program.Add{Inputs: []program.Tensor{previous, image}, Output: next})
			previous = next
		}
		p.Append(program.Add{Inputs: []program.Tensor{tensor("a", program.Temporary, 1e6), tensor("b", program.Temporary, 1e6), tensor("c", program.Temporary, 1e6)}, Output: tensor("g", program.Temporary, 1e6)})
		p.Append(program.Add{Inputs: []program.Tensor{tensor("d", program.Temporary, 1e6), tensor("e", program.Temporary, 1e6), tensor("f", program.Temporary, 1e6)}, Output: tensor("h", program.Temporary, 1e6)})
		if _, err := d.Compile(p, s, device.Plan{}); !errors.As(err, &short) || short.What != "a run of long" || short.Free > 16e6 {
			t.Errorf("a program that is too large gives %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCopiesShareImages: a copy of a state takes no memory for the images, and outlives the state.
func TestCopiesShareImages(t *testing.T) {
	d := opened(t)
	images := program.Tensor{Name: "images", Shape: []int{1 << 20}, Type: program.Uint8, Role: program.Images}
	s, err := d.NewState([]program.Tensor{images, tensor("weight", program.Weight, 3)})
	if err != nil {
		t.Fatal(err)
	}
	content := make([]uint8, 1<<20)
	content[1<<20-1] = 7
	if err := s.Write("images", content); err != nil {
		t.Fatal(err)
	}
	copied, err := s.Copy()
	if err != nil {
		t.Fatal(err)
	}
	if got := copied.(*state).changed.bytes; got > 4096 {
		t.Errorf("a copy takes %d bytes", got)
	}
	if err := s.Write("images", content); !errors.Is(err, device.ErrTensor) {
		t.Errorf("writing shared images gives %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	read := make([]uint8, 1<<20)
	if err := copied.Read("images", read); err != nil || !slices.Equal(read, content) {
		t.Errorf("the copy's images are not those that were written (%v)", err)
	}
	if err := copied.Write("images", content); err != nil {
		t.Errorf("writing images that nobody shares any more gives %v", err)
	}
	if err := copied.Close(); err != nil {
		t.Error(err)
	}
}

// TestManyRunsAreEnqueued: more runs than there are slots for scalars, none awaited, each with its own step.
func TestManyRunsAreEnqueued(t *testing.T) {
	d := opened(t)
	operation := program.Record{Losses: tensor("losses", program.Input, 1), Norm: tensor("norm", program.Input, 1), Ring: tensor("ring", program.Recorded, 3*slots, 2)}
	values := ran(t, d, "ring", 2*slots+5, operation)
	want := ran(t, reference.New(), "ring", 2*slots+5, operation)
	near(t, values, want, 1e-7)
}
