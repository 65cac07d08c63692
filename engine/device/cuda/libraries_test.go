//go:build gpu

package cuda

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tweedie/cudnn"
	"tweedie/engine/device"
	"tweedie/engine/program"
	"tweedie/kernels/cublas"
)

// sized are convolutions of 4x4 pixels and 8 channels, and the weight gradient, of two types.
func sized(kernel int, from, to program.Type) (program.Convolution, program.TransposedConvolution, program.WeightGradient) {
	image := func(name string, size int, role program.Role, of program.Type) program.Tensor {
		return program.Tensor{Name: name, Shape: []int{1, size, size, 8}, Type: of, Role: role}
	}
	narrow := 4
	if kernel == 2 {
		narrow = 2
	}
	weight := tensor("weight", program.Weight, 8, 8, kernel, kernel)
	return program.Convolution{Input: image("x", 4, program.Input, from), Weight: weight, Output: image("y", narrow, program.Recorded, to)},
		program.TransposedConvolution{
			Input: image("x", narrow, program.Input, from), Weight: weight, Output: image("y", 4, program.Recorded, to),
		},
		program.WeightGradient{
			Input: image("x", 4, program.Input, from), OutputGradient: image("g", narrow, program.Input, to),
			WeightGradient: tensor("gradient", program.Recorded, 8, 8, kernel, kernel),
		}
}

// TestLibrariesTakeWhatTheyCompute: cuBLAS whatever has patches that do not overlap, cuDNN in bfloat16 what it does not round twice. The
// default is one of ours.
func TestLibrariesTakeWhatTheyCompute(t *testing.T) {
	needsDriver(t)
	d, _, err := withStandIn(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.libraries.products == nil || !strings.HasPrefix(d.Info().Description, emulated) {
		t.Skip("what a real cuDNN takes is its own to say")
	}
	const single, half = program.Float32, program.BFloat16
	products, of3x3 := []string{"cublas"}, []string(nil)
	convolution, data, gradient := []string{"cudnn 1", "cudnn 0"}, []string{"cudnn 1"}, []string{"cudnn 1"}
	for _, kernel := range []int{1, 2, 3} {
		plain := products
		if kernel == 3 {
			plain = of3x3
		}
		for _, types := range [][2]program.Type{{single, single}, {single, half}, {half, half}, {half, single}} {
			c, transposed, weight := sized(kernel, types[0], types[1])
			takes := func(more []string, when bool) []string {
				if when {
					return append(slices.Clone(plain), more...)
				}
				return plain
			}
			added, both := c, transposed
			added.Bias = tensor("bias", program.Weight, 8)
			both.Residuals = []program.Tensor{both.Output}
			masked := c
			masked.Mask, masked.Negate, masked.ReLU = c.Output, true, true
			unrounded, rounded := types[0] == single, types[0] == half && types[1] == half
			weightTakes := takes(gradient, types == [2]program.Type{single, single})
			if types[0] != types[1] {
				weightTakes = nil
			}
			for _, test := range []struct {
				operation program.Operation
				want      []string
			}{
				{c, takes(convolution, unrounded || rounded)}, {added, takes(convolution, unrounded)},
				{masked, takes(convolution, unrounded || rounded)},
				{transposed, takes(data, unrounded || rounded)}, {both, takes(data, unrounded)}, {weight, weightTakes},
			} {
				got := d.Alternatives(test.operation)
				own := slices.IndexFunc(got, func(name string) bool { return strings.HasPrefix(name, "cu") })
				if own < 0 {
					own = len(got)
				}
				if own == 0 || !slices.Equal(got[own:], test.want) {
					t.Errorf("%dx%d, %v, %+v: %v, want ours and %v", kernel, kernel, types, test.operation, got, test.want)
				}
			}
		}
	}
}

// TestPlansTellSumsThatAreAddedTo: of two convolutions that differ in their bias alone, a plan may give one to cuDNN.
func TestPlansTellSumsThatAreAddedTo(t *testing.T) {
	c, _, _ := sized(3, program.BFloat16, program.BFloat16)
	plain := convolutionKey("convolution", c.Output, c.Weight, c.Input, c.Output, true)
	if added := convolutionKey("convolution", c.Output, c.Weight, c.Input, c.Output, false); added == plain {
		t.Errorf("both are %q", plain)
	}
	c, _, _ = sized(3, program.Float32, program.BFloat16)
	plain = convolutionKey("convolution", c.Output, c.Weight, c.Input, c.Output, true)
	if added := convolutionKey("convolution", c.Output, c.Weight, c.Input, c.Output, false); added != plain {
		t.Errorf("%q and %q have the same algorithms", plain, added)
	}
}

// TestLocalProgramsLeaveLibrariesOut, which may divide sums by an image's size.
func TestLocalProgramsLeaveLibrariesOut(t *testing.T) {
	d := opened(t)
	if d.libraries.products == nil {
		t.Skip("no cuBLAS")
	}
	c, _, _ := sized(1, program.Float32, program.Float32)
	p := &program.Program{Name: "one", Operations: []program.Operation{c}}
	s, err := d.NewState(p.Tensors())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	plan := device.Plan{Device: "cuda", Algorithms: map[string]string{
		convolutionKey("convolution", c.Output, c.Weight, c.Input, c.Output, true): byCUBLAS,
	}}
	e, err := d.Compile(p, s, plan)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	p.Local = true
	if _, err := d.Compile(p, s, plan); err == nil || !strings.Contains(err.Error(), byCUBLAS) {
		t.Errorf("a local program by cuBLAS gives %v", err)
	}
}

// TestMeasureLeavesOutWhatALibraryRefuses, but not other errors.
func TestMeasureLeavesOutWhatALibraryRefuses(t *testing.T) {
	needsDriver(t)
	d, s, err := withStandIn(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.libraries.cudnn != convolutionLibrary(s) {
		t.Skip("this cuDNN refuses nothing on demand")
	}
	c, _, _ := sized(3, program.Float32, program.Float32)
	p := &program.Program{Name: "one", Operations: []program.Operation{c}}
	names := func() (names []string, err error) {
		measurements, err := d.Measure(p)
		for _, m := range measurements {
			names = append(names, m.Algorithm)
		}
		return names, err
	}
	all, err := names()
	if err != nil || !slices.Equal(all, d.Alternatives(c)) || !slices.Contains(all, "cudnn 1") || s.runs == 0 {
		t.Errorf("%v are timed after %d runs of cuDNN, want %v (%v)", all, s.runs, d.Alternatives(c), err)
	}
	s.fails = &cudnn.Error{Call: "run", Text: "not supported"}
	if rest, err := names(); err != nil || len(rest) != len(all)-2 {
		t.Errorf("%v are timed, want %v without those of cuDNN (%v)", rest, all, err)
	}
	s.fails = errors.New("anything else")
	if _, err := names(); !errors.Is(err, s.fails) {
		t.Errorf("another error gives %v", err)
	}
}

// TestAbsentLibrariesAreSaid once, with the reason, and their algorithms are not there. Libraries are looked for when a process begins, so
// this has one of its own, which finds none.
func TestAbsentLibrariesAreSaid(t *testing.T) {
	needsDriver(t)
	const variable = "TWEEDIE_ABSENT_TEST"
	if os.Getenv(variable) == "" {
		command := exec.Command(os.Args[0], "-test.run=^TestAbsentLibrariesAreSaid$", "-test.v")
		command.Env = append(os.Environ(), variable+"=1", "TWEEDIE_CUDA_LIBRARIES="+t.TempDir())
		output, err := command.CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, output)
		}
		if strings.Contains(string(output), "SKIP") {
			t.Skipf("%s", output)
		}
		return
	}
	if cublas.Load() == nil {
		t.Skipf("this system has a cuBLAS: %s", cublas.Path())
	}
	d := opened(t)
	if missing := d.Info().Missing; !strings.Contains(missing, "no cuBLAS: ") || !strings.Contains(missing, "no cuDNN: ") {
		t.Errorf("what is missing is said as %q", missing)
	}
	c, _, _ := sized(1, program.Float32, program.Float32)
	if names := d.Alternatives(c); len(names) == 0 || slices.Contains(names, byCUBLAS) {
		t.Errorf("without libraries there are %v", names)
	}
}
