package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/engine/checkpoint"
	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// correlated are images of 3x4 pixels that are mixtures of a few shapes.
func correlated(count int) Images {
	const height, width = 3, 4
	set := Images{Digest: "correlated"}
	var samples []uint8
	for image := range count {
		normals := random.Normals(random.Words(1, random.Synthetic, 0, 0, uint32(image)))
		for y := range height {
			for x := range width {
				value := 110 + 25*normals[0] + 15*normals[1]*float64(x-1) + 9*normals[2]*float64(y*x) + 3*normals[3]*math.Cos(float64(7*x+5*y))
				samples = append(samples, uint8(min(max(value, 0), 255)))
			}
		}
		set.Index = append(set.Index, uint32(image*height*width), 0, height, width)
		set.Names = append(set.Names, "mixture")
	}
	set.Samples = samples
	return set
}

// denoised is a network's answer by the reference device.
func denoised(t *testing.T, n *network.Network, weights map[string][]float32, noisy, levels []float64) []float64 {
	t.Helper()
	input := program.Tensor{Name: "noisy", Shape: []int{len(levels), n.Height, n.Width, 1}, Role: program.Input}
	level := program.Tensor{Name: "levels", Shape: []int{len(levels)}, Role: program.Input}
	operations, output := n.ForwardTo(program.Recorded, input, level, "", program.Weight)
	p := &program.Program{Name: "denoise", Operations: operations}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	d := reference.New()
	state, err := d.NewState(append(n.Tensors("", program.Weight), input, level, output))
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	e, err := d.Compile(p, state, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for i, parameter := range n.Parameters {
		values, given := weights[parameter.Name]
		if !given {
			values = n.Initial(1, i)
		}
		if err := state.Write(parameter.Name, values); err != nil {
			t.Fatal(err)
		}
	}
	result := make([]float64, len(noisy))
	for name, values := range map[string][]float64{"noisy": noisy, "levels": levels} {
		if err := state.Write(name, values); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Run(program.Scalars{}); err != nil {
		t.Fatal(err)
	}
	if err := state.Read(output.Name, result); err != nil {
		t.Fatal(err)
	}
	return result
}

// TestAxesMakeWienersFilter: without its network, the denoiser along measured axes is m + C (C + s^2)^-1 (y - m), solved as linear equations.
func TestAxesMakeWienersFilter(t *testing.T) {
	const d = 12
	set := correlated(200)
	n, err := network.Description{Name: "mlp3x4-5", Axes: true}.Network()
	if err != nil {
		t.Fatal(err)
	}
	weights, err := set.axes()
	if err != nil {
		t.Fatal(err)
	}
	weights["model.2.weight"], weights["model.2.bias"] = make([]float32, 5*d), make([]float32, d)

	samples, mean, covariance := set.Samples.([]uint8), make([]float64, d), mat.NewDense(d, d, nil)
	for i, sample := range samples {
		mean[i%d] += float64(sample) / 255 / float64(set.Count())
	}
	for image := range set.Count() {
		for i := range d {
			for j := range d {
				a, b := float64(samples[image*d+i])/255-mean[i], float64(samples[image*d+j])/255-mean[j]
				covariance.Set(i, j, covariance.At(i, j)+a*b/float64(set.Count()))
			}
		}
	}
	levels := []float64{0.01, 0.1, 0.5}
	var noisy, want []float64
	for k, level := range levels {
		difference := mat.NewVecDense(d, nil)
		for i := range d {
			y := float64(float32(0.5 + 0.4*math.Sin(float64(3*i+k))))
			noisy = append(noisy, y)
			difference.SetVec(i, y-mean[i])
		}
		sum := mat.DenseCopyOf(covariance)
		for i := range d {
			sum.Set(i, i, sum.At(i, i)+level*level)
		}
		var solved, filtered mat.VecDense
		if err := solved.SolveVec(sum, difference); err != nil {
			t.Fatal(err)
		}
		filtered.MulVec(covariance, &solved)
		for i := range d {
			want = append(want, mean[i]+filtered.AtVec(i))
		}
	}
	for i, got := range denoised(t, n, weights, noisy, levels) {
		// The axes are rounded to float32, and no variance is below 2^-20, which at the level 0.01 passes 1 % of what is not there.
		if bound := map[bool]float64{true: 0.015, false: 3e-4}[i < d]; !(math.Abs(got-want[i]) <= bound) {
			t.Errorf("level %v, pixel %d: %v, want %v", levels[i/d], i%d, got, want[i])
		}
	}
}

// TestAxesOfOneVarianceAreSigmaData: where the axes are the pixels, the mean 0 and all variances d^2, the denoiser is that of sigma_data = d.
func TestAxesOfOneVarianceAreSigmaData(t *testing.T) {
	along, err := network.Description{Name: "mlp3x4-7x5", NoiseMap: true, Axes: true}.Network()
	if err != nil {
		t.Fatal(err)
	}
	single, err := network.Description{Name: "mlp3x4-7x5", NoiseMap: true, SigmaData: 0.25}.Network()
	if err != nil {
		t.Fatal(err)
	}
	weights := map[string][]float32{network.AxesBias: make([]float32, 12)} // the others' initial values are these
	for i, parameter := range single.Parameters {
		weights[parameter.Name] = single.Initial(2, i)
	}
	levels := []float64{0.05, 0.7}
	noisy := make([]float64, 24)
	for i := range noisy {
		noisy[i] = math.Sin(float64(2 * i))
	}
	want := denoised(t, single, weights, noisy, levels)
	for i, got := range denoised(t, along, weights, noisy, levels) {
		if !(math.Abs(got-want[i]) <= 1e-12) {
			t.Errorf("element %d is %v, and by sigma_data %v", i, got, want[i])
		}
	}
}

// TestRunAlongAxes: a run measures its images, leaves the axes as they are while it trains, and goes on bit for bit.
func TestRunAlongAxes(t *testing.T) {
	set := correlated(40)
	fresh := func() Options {
		options := newOptions(t, filepath.Join(t.TempDir(), "run"), "network.name=mlp3x4-5", "network.noise_map=true", "network.axes=true", "train.patch=0",
			"train.upright=true")
		options.Training, options.Validation = set, set
		return options
	}
	outcome := mustRun(t, fresh())
	file, err := checkpoint.ReadFile(outcome.Model)
	if err != nil {
		t.Fatal(err)
	}
	want, err := set.axes()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, tensor := range file.Tensors {
		for i, value := range want[tensor.Name] {
			if i == 0 {
				found++
			}
			if got := tensor.Data.([]float32)[i]; got != value {
				t.Fatalf("%s[%d] is %v, measured is %v", tensor.Name, i, got, value)
			}
		}
	}
	if found != 3 {
		t.Errorf("%d of the parameters of the axes are in the model", found)
	}

	broken := fresh()
	ctx, cancel := context.WithCancel(context.Background())
	whole := broken.Device
	broken.Device = interrupting{whole, 9, cancel}
	if _, err := Run(ctx, broken); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("an interrupted run ends with %v", err)
	}
	broken.Device, broken.Start = whole, Resume
	mustRun(t, broken)
	unbroken := results(t, outcome.Folder)
	for name, content := range results(t, broken.Experiment.Experiment.Output) {
		if !bytes.Equal(content, unbroken[name]) {
			t.Errorf("%s differs from the unbroken run's", name)
		}
	}
}
