//go:build gpu

package cuda

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
	"tweedie/kernels"
)

// openedHopper is a device of compute capability 9.0, nil after the test has run in a process of its own where the emulated device is one.
func openedHopper(t *testing.T, options Options) *Device {
	t.Helper()
	needsDriver(t)
	d, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	if d.HasWgmma() {
		return d
	}
	if d.driver.Info().Name != emulated {
		t.Skip("wgmma is of compute capability 9.0, which this device has not")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	const variable = "TWEEDIE_EMULATOR_CAPABILITY"
	if os.Getenv(variable) != "" {
		t.Fatal("the emulated device is not of compute capability 9.0")
	}
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), variable+"=9.0")
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	return nil
}

func convolutionsFor64() *program.Program {
	half := func(name string, role program.Role) program.Tensor {
		return program.Tensor{Name: name, Shape: []int{2, 7, 11, 64}, Type: program.BFloat16, Role: role}
	}
	weight := tensor("weight", program.Weight, 64, 64, 3, 3)
	between := half("between", program.Temporary)
	return &program.Program{Name: "two", Operations: []program.Operation{
		program.Convolution{Input: half("image", program.Input), Weight: weight, Output: between, ReLU: true},
		program.TransposedConvolution{Input: between, Weight: weight, Mask: between, Output: half("result", program.Recorded)},
	}}
}

// TestPlanOfWgmma computes both directions by it as the reference does.
func TestPlanOfWgmma(t *testing.T) {
	d := openedHopper(t, Options{})
	if d == nil {
		return
	}
	defer d.Close()
	p := convolutionsFor64()
	results := map[string][]float64{}
	for name, device := range map[string]device.Device{"cuda": d, "reference": reference.New()} {
		results[name] = withPlan(t, device, p, string(kernels.Wgmma))
	}
	want := results["reference"]
	near(t, results["cuda"], want, 0x1p-8*slices.Max(want)) // one rounding to bfloat16
}

// withPlan runs a program on a device, by the algorithm if the device has any for its operations.
func withPlan(t *testing.T, d device.Device, p *program.Program, algorithm string) []float64 {
	t.Helper()
	kept := slices.DeleteFunc(p.Tensors(), func(t program.Tensor) bool { return t.Role == program.Temporary })
	s, err := d.NewState(kept)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	plan := device.Plan{}
	for range 2 {
		e, err := d.Compile(p, s, plan)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if len(plan.Algorithms) > 0 || len(e.Plan().Algorithms) == 0 {
			image, weight := make([]float64, 2*7*11*64), make([]float64, 64*64*9)
			for i := range image {
				image[i] = float64(i*7%11-5) / 8
			}
			for i := range weight {
				weight[i] = float64(i*5%13-6) / 64
			}
			if err := errors.Join(s.Write("image", image), s.Write("weight", weight), e.Run(program.Scalars{})); err != nil {
				t.Fatal(err)
			}
			break
		}
		plan = device.Plan{Device: name, Algorithms: map[string]string{}}
		for key := range e.Plan().Algorithms {
			plan.Algorithms[key] = algorithm
		}
	}
	result := make([]float64, 2*7*11*64)
	if err := s.Read("result", result); err != nil {
		t.Fatal(err)
	}
	return result
}

// TestWgmmaIsTimedWhereItIsWanted, and where it computes what mma does: else no plan names it, and one that does is an error.
func TestWgmmaIsTimedWhereItIsWanted(t *testing.T) {
	for _, c := range []struct {
		try    bool
		fails  error
		timed  bool
		planed bool
	}{{false, nil, false, true}, {true, nil, true, true}, {true, errors.New("differs"), false, false}} {
		d := openedHopper(t, Options{TryWgmma: c.try})
		if d == nil {
			return
		}
		if c.fails != nil {
			d.wgmma = comparison{true, c.fails}
		}
		p := convolutionsFor64()
		measurements, err := d.Measure(p)
		if err != nil {
			t.Fatal(err)
		}
		isWgmma := func(m device.Measurement) bool { return m.Algorithm == string(kernels.Wgmma) }
		if slices.ContainsFunc(measurements, isWgmma) != c.timed {
			t.Errorf("wanted %v, found to be %v: %v are timed", c.try, c.fails, measurements)
		}
		s, err := d.NewState(slices.DeleteFunc(p.Tensors(), func(t program.Tensor) bool { return t.Role == program.Temporary }))
		if err != nil {
			t.Fatal(err)
		}
		plan := device.Plan{Device: name, Algorithms: map[string]string{measurements[0].Key: string(kernels.Wgmma)}}
		e, err := d.Compile(p, s, plan)
		if (err == nil) != c.planed || err != nil && !errors.Is(err, c.fails) {
			t.Errorf("found to be %v, a plan of it gives %v", c.fails, err)
		}
		if err == nil {
			err = e.Close()
		} else {
			err = nil
		}
		if err := errors.Join(err, s.Close(), d.Close()); err != nil {
			t.Error(err)
		}
	}
}
