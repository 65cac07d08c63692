package oracle

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"tweedie/configs"
	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/device/reference"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/train"
)

// wholeStep is the training step of the preset sigma25 with some keys changed, over three small images.
func wholeStep(t *testing.T, keys ...string) train.Step {
	t.Helper()
	experiment, err := config.Load("sigma25", configs.FS, append([]string{"train.steps=20", "train.batch=3", "train.patch=8"}, keys...))
	if err != nil {
		t.Fatal(err)
	}
	n, err := network.Parse(experiment.Network.Name, experiment.Network.NoiseMap)
	if err != nil {
		t.Fatal(err)
	}
	images, pixels := train.Images{}, []uint8{}
	for i, size := range [][2]uint32{{8, 13}, {16, 9}, {11, 11}} {
		images.Index = append(images.Index, uint32(len(pixels)), 0, size[0], size[1])
		for k := range size[0] * size[1] {
			pixels = append(pixels, uint8(128+100*math.Sin(float64(k*uint32(i+1))/7)))
		}
	}
	images.Samples = pixels
	return train.NewStep(experiment, n, images)
}

// TestTwentyStepsOnGorgonia: training by Gorgonia's gradients gives the reference device's losses, and with them its weights, averages and moments,
// to 1e-9, and those of the cpu device to 1e-4; with a noise map, levels that are drawn, repeated borders and gradients that are clipped and others that are not.
func TestTwentyStepsOnGorgonia(t *testing.T) {
	rates := make([]float32, 20)
	for i := range rates {
		rates[i] = 1e-3
	}
	fast, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer fast.Close()
	for _, keys := range [][]string{
		{"network.name=unet4x6x8b1", "network.noise_map=true", "noise.sigma=[10, 50]", "train.borders=0.5", "train.clip=0.2"},
		{"network.name=dncnn4x5", "noise.model=poisson", "train.loss=l1", "train.clip=0"},
	} {
		t.Run(keys[0], func(t *testing.T) {
			step := wholeStep(t, keys...)
			p, _, err := step.Program()
			if err != nil {
				t.Fatal(err)
			}
			rows, err := Steps(p, step.Contents(), rates, fast)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, row := range rows {
				names = append(names, row.Tensor.Name)
				if row.Failed() || row.Kind != "20 steps" {
					t.Errorf("%s, %s: %v", row.Kind, row.Tensor.Name, row.Distances)
				}
			}
			if slices.Sort(names); !slices.Equal(names, []string{"averages", "first moments", "losses", "second moments", "weights"}) {
				t.Errorf("compared were %q", names)
			}
			ring := trained(p)[len(trained(p))-1]
			clipped := 0
			var losses [3][]float64
			for i, d := range []device.Device{reference.New(), New(), fast} {
				values, err := trajectory(d, p, step.Contents(), rates, [][]program.Tensor{ring})
				if err != nil {
					t.Fatal(err)
				}
				for k := range rates {
					loss, norm := values[0][2*k], values[0][2*k+1]
					losses[i] = append(losses[i], loss)
					if norm > float64(step.Clip) {
						clipped++
					}
				}
			}
			if step.Clip > 0 && (clipped == 0 || clipped == 3*len(rates)) {
				t.Errorf("%d of %d gradients are long: both kinds shall be met", clipped, 3*len(rates))
			}
			for step, want := range losses[0] {
				if distance := math.Abs(losses[1][step]-want) / want; !(distance <= 1e-9) {
					t.Errorf("step %d: Gorgonia's loss is %v off", step, distance)
				}
				if distance := math.Abs(losses[2][step]-want) / want; !(distance <= 1e-4) {
					t.Errorf("step %d: the processor's loss is %v off", step, distance)
				}
			}
			if losses[0][0] == losses[0][19] {
				t.Error("nothing was learnt")
			}
		})
	}
}

// pair is a weight and its gradient as Gorgonia's solvers take them.
type pair struct{ value, gradient *tensor.Dense }

func (p pair) Value() gorgonia.Value         { return p.value }
func (p pair) Grad() (gorgonia.Value, error) { return p.gradient, nil }

// TestAdamIsGorgonias compares twenty updates with those of Gorgonia's own solver.
func TestAdamIsGorgonias(t *testing.T) {
	const count = 7
	op := program.Adam{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8}
	solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.01), gorgonia.WithBeta1(0.9), gorgonia.WithBeta2(0.99), gorgonia.WithEps(1e-8))
	weight, theirs := normals("weight", count), tensor.New(tensor.WithBacking(normals("weight", count)))
	m, v := make([]float64, count), make([]float64, count)
	for step := range uint64(20) {
		gradient := normals(fmt.Sprint("gradient ", step), count)
		adam(op, program.Scalars{Step: step, LearningRate: 0.01}, gradient, m, v, weight)
		if err := solver.Step([]gorgonia.ValueGrad{pair{theirs, tensor.New(tensor.WithBacking(slices.Clone(gradient)))}}); err != nil {
			t.Fatal(err)
		}
		if distance := relative(weight, theirs.Data().([]float64)); !(distance <= 1e-14) {
			t.Fatalf("after step %d the weights are %v from Gorgonia's", step, distance)
		}
	}
}

// TestBadBatchChangesNothing: Adam leaves weights and moments alone where the gradient is not finite, as everywhere.
func TestBadBatchChangesNothing(t *testing.T) {
	step := wholeStep(t, "network.name=dncnn2x2")
	p, _, err := step.Program()
	if err != nil {
		t.Fatal(err)
	}
	contents := step.Contents()
	contents["weight/model.0.bias"] = []float32{float32(math.NaN()), 1}
	weights := trained(p)[0]
	values, err := trajectory(New(), p, contents, []float32{1e-3}, [][]program.Tensor{weights})
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	for _, tensor := range weights {
		for _, value := range contents[tensor.Name].([]float32) {
			want = append(want, float64(value))
		}
	}
	for i := range want {
		if values[0][i] != want[i] && !(math.IsNaN(values[0][i]) && math.IsNaN(want[i])) {
			t.Fatalf("weight %d has become %v from %v", i, values[0][i], want[i])
		}
	}
}

// TestWhatGorgoniaRefuses: states and plans of others, and programs whose derivatives it would not see.
func TestWhatGorgoniaRefuses(t *testing.T) {
	x := program.Tensor{Name: "x", Shape: []int{1, 2, 2, 1}, Role: program.Input}
	y := program.Tensor{Name: "y", Shape: x.Shape, Role: program.Recorded}
	losses, gradient := program.Tensor{Name: "losses", Shape: []int{1}}, program.Tensor{Name: "gradient", Shape: x.Shape}
	copied := &program.Program{Name: "copy", Operations: []program.Operation{program.Add{Inputs: []program.Tensor{x}, Output: y}}}
	derived := &program.Program{Name: "derived", Operations: []program.Operation{
		program.MSE{Denoised: x, Clean: x, Losses: losses, Gradient: gradient}, program.Add{Inputs: []program.Tensor{gradient}, Output: y},
	}}
	state, err := New().NewState([]program.Tensor{x, y})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := reference.New().NewState([]program.Tensor{x, y})
	if err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]struct {
		p    *program.Program
		s    device.State
		plan device.Plan
	}{
		"belongs to another device": {copied, foreign, device.Plan{}},
		"belongs to the device cpu": {copied, state, device.Plan{Device: "cpu"}},
		"is not computed here":      {derived, state, device.Plan{}},
		`"z" is not in the state`:   {&program.Program{Operations: []program.Operation{program.Add{Inputs: []program.Tensor{{Name: "z", Role: program.Input}}, Output: y}}}, state, device.Plan{}},
	} {
		if _, err := New().Compile(c.p, c.s, c.plan); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
	executable, err := New().Compile(copied, state, device.Plan{Device: "gorgonia"})
	if err != nil {
		t.Fatal(err)
	}
	if err := state.Write("x", []float64{1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	snapshot, err := state.Copy()
	if err != nil {
		t.Fatal(err)
	}
	if err := executable.Run(program.Scalars{}); err != nil {
		t.Fatal(err)
	}
	before, after := make([]float64, 4), make([]float64, 4)
	if err := snapshot.Read("y", before); err != nil || !slices.Equal(before, make([]float64, 4)) {
		t.Errorf("the snapshot has changed to %v (%v)", before, err)
	}
	if err := state.Read("y", after); err != nil || !slices.Equal(after, []float64{1, 2, 3, 4}) {
		t.Errorf("the copy is %v (%v)", after, err)
	}
	if _, err := New().Compile(copied, snapshot, device.Plan{}); err != nil {
		t.Errorf("the snapshot is no state: %v", err)
	}
}

// TestClosedGraphsAreFreed: a machine of Gorgonia has a finalizer, and would never be freed if its values led back to it.
func TestClosedGraphsAreFreed(t *testing.T) {
	step, values := newStep(t, "dncnn3x8", false)
	use := func() {
		if _, err := Check(step, values, nil); err != nil {
			t.Fatal(err)
		}
	}
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var statistics runtime.MemStats
		runtime.ReadMemStats(&statistics)
		return int64(statistics.HeapAlloc)
	}
	use()
	before := heap()
	for range 40 {
		use()
	}
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("40 graphs leave %d bytes behind", grown)
	}
}
