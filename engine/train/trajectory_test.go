package train

import (
	"math"
	"testing"

	"tweedie/engine/checkpoint"
	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/device/reference"
	"tweedie/engine/network"
	"tweedie/engine/program"
)

// record is what PyTorch did (scripts/record/trajectory.py), by tensor name; images are (N, 1, H, W).
type record map[string]checkpoint.Tensor

func readRecord(t *testing.T, name string) record {
	t.Helper()
	r := record{}
	for _, suffix := range []string{"", "-moments"} {
		file, err := checkpoint.ReadFile("testdata/trajectory-" + name + suffix + ".safetensors")
		if err != nil {
			t.Fatal(err)
		}
		for _, tensor := range file.Tensors {
			r[tensor.Name] = tensor
		}
	}
	return r
}

func (r record) float64s(t *testing.T, name string) []float64 {
	t.Helper()
	switch values := r[name].Data.(type) {
	case []float64:
		return values
	case []float32:
		wide := make([]float64, len(values))
		for i, value := range values {
			wide[i] = float64(value)
		}
		return wide
	}
	t.Fatalf("the record holds no floats named %q", name)
	return nil
}

// trajectory repeats the record's 20 steps on a device and returns the losses and a reader of the tensors after them.
func trajectory(t *testing.T, d device.Device, name string, r record) (losses []float64, read func(tensor string, like []float64) []float64) {
	t.Helper()
	n, err := network.Parse(name, false)
	if err != nil {
		t.Fatal(err)
	}
	recorded := r["noisy"].Shape
	shape := []int{recorded[0], recorded[2], recorded[3], 1}
	u := Update{
		Network: n, Average: 0.99,
		Noisy:  program.Tensor{Name: "noisy", Shape: shape, Role: program.Input},
		Levels: program.Tensor{Name: "levels", Shape: shape[:1], Role: program.Input},
		Clean:  program.Tensor{Name: "clean", Shape: shape, Role: program.Input},
	}
	operations, err := u.Operations()
	if err != nil {
		t.Fatal(err)
	}
	state, err := d.NewState(append(u.Stored(), u.Noisy, u.Levels, u.Clean))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { state.Close() })
	executable, err := d.Compile(&program.Program{Name: "trajectory", Operations: operations}, state, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { executable.Close() })
	write := func(name string, values []float64) {
		if err := state.Write(name, values); err != nil {
			t.Fatal(err)
		}
	}
	write("noisy", r.float64s(t, "noisy"))
	write("clean", r.float64s(t, "clean"))
	for _, parameter := range n.Parameters {
		write(weightPrefix+parameter.Name, r.float64s(t, "initial/"+parameter.Name))
		write(AveragePrefix+parameter.Name, r.float64s(t, "initial/"+parameter.Name))
	}
	for step := range uint64(20) {
		if err := executable.Run(program.Scalars{Step: step, LearningRate: 1e-3}); err != nil {
			t.Fatal(err)
		}
	}
	read = func(tensor string, like []float64) []float64 {
		values := make([]float64, len(like))
		if err := state.Read(tensor, values); err != nil {
			t.Fatal(err)
		}
		return values
	}
	for i, value := range read(ringName, make([]float64, 2*ringLength)) {
		if i%2 == 0 && i/2 < 20 {
			losses = append(losses, value)
		}
	}
	return losses, read
}

func relativeMaximum(got, want []float64) float64 {
	worst := 0.0
	for i := range want {
		if distance := math.Abs(got[i]-want[i]) / math.Abs(want[i]); !(distance <= worst) {
			worst = distance
		}
	}
	return worst
}

func relativeNorm(got, want []float64) float64 {
	difference, norm := 0.0, 0.0
	for i := range want {
		difference += (got[i] - want[i]) * (got[i] - want[i])
		norm += want[i] * want[i]
	}
	return math.Sqrt(difference / norm)
}

var recordedNetworks = []string{"unet8x16b1", "dncnn4x8"}

// kinds are the tensors that the record holds in float64 and float32, and their names here.
var kinds = []struct{ prefix, in64, in32 string }{
	{weightPrefix, "final64/", "final32/"}, {AveragePrefix, "average64/", "average32/"},
	{firstPrefix, "first64/", "first32/"}, {secondPrefix, "second64/", "second32/"},
}

// TestReferenceFollowsPyTorch: 20 Adam steps from the same start give PyTorch's float64 losses, weights, averages and moments.
func TestReferenceFollowsPyTorch(t *testing.T) {
	const bound = 1e-9
	for _, name := range recordedNetworks {
		r := readRecord(t, name)
		losses, read := trajectory(t, reference.New(), name, r)
		if distance := relativeMaximum(losses, r.float64s(t, "losses64")); !(distance <= bound) {
			t.Errorf("%s: losses are %v from PyTorch's, relative", name, distance)
		}
		n, _ := network.Parse(name, false)
		for _, parameter := range n.Parameters {
			for _, kind := range kinds {
				want := r.float64s(t, kind.in64+parameter.Name)
				if distance := relativeNorm(read(kind.prefix+parameter.Name, want), want); !(distance <= bound) {
					t.Errorf("%s: %s%s is %v from PyTorch's, relative", name, kind.prefix, parameter.Name, distance)
				}
			}
		}
	}
}

// TestCPUFollowsPyTorch, for every instruction set.
func TestCPUFollowsPyTorch(t *testing.T) {
	for _, tier := range cpu.Tiers() {
		for _, name := range recordedNetworks {
			t.Run(tier+"/"+name, func(t *testing.T) {
				d, err := cpu.New(cpu.Options{Threads: 2, Tier: tier})
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				followsPyTorch(t, d, name)
			})
		}
	}
}

// followsPyTorch: the distance of a device's float32 from the float64 trajectory is at most four times that of PyTorch's own float32. Losses are
// compared by the largest relative distance over the steps, tensors together by their norm.
func followsPyTorch(t *testing.T, d device.Device, name string) {
	t.Helper()
	r := readRecord(t, name)
	losses, read := trajectory(t, d, name, r)
	compare := func(what string, got, theirs float64) {
		if !(got <= 4*theirs) {
			t.Errorf("%s: %.3g from float64, PyTorch's float32 is %.3g", what, got, theirs)
		}
	}
	want := r.float64s(t, "losses64")
	compare("losses", relativeMaximum(losses, want), relativeMaximum(r.float64s(t, "losses32"), want))
	n, err := network.Parse(name, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		var got, theirs, want []float64
		for _, parameter := range n.Parameters {
			part := r.float64s(t, kind.in64+parameter.Name)
			want = append(want, part...)
			theirs = append(theirs, r.float64s(t, kind.in32+parameter.Name)...)
			got = append(got, read(kind.prefix+parameter.Name, part)...)
		}
		compare(kind.prefix, relativeNorm(got, want), relativeNorm(theirs, want))
	}
}
