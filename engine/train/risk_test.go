package train

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/device/reference"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// risksAndErrors are, of a hundred steps of an experiment whose weights stay as they began, the mean estimates and the mean squared errors that they estimate. The
// tail is louder than at the start, so that the network's slopes matter.
func risksAndErrors(t *testing.T, options Options) (risks, errors []float64) {
	t.Helper()
	n, err := NetworkOf(options.Experiment)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStep(options.Experiment, n, options.Training)
	clean := s.Clean
	clean.Role = program.Recorded
	extended := options.Experiment.Train.Borders > 0 && n.Padding > 1
	if !extended {
		s.Clean = clean
	}
	p, stored, err := s.Program()
	if err != nil {
		t.Fatal(err)
	}
	answers := program.Tensor{Name: "answers", Role: program.Recorded}
	for _, operation := range slices.Clone(p.Operations) {
		if extend, ok := operation.(program.Extend); ok && extend.Output.Name == s.Noisy.Name {
			extend.Input.Name, extend.Output = "clean/patch", clean
			p.Append(extend)
		}
		if risk, ok := operation.(program.SURE); ok {
			answers.Shape = risk.Denoised.Shape
			p.Append(program.Add{Inputs: []program.Tensor{risk.Denoised}, Output: answers})
		}
	}
	d, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	state, err := d.NewState(append(stored, clean, answers))
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	executable, err := d.Compile(p, state, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer executable.Close()
	for name, values := range s.Contents() {
		if err := state.Write(name, values); err != nil {
			t.Fatal(err)
		}
	}
	last := len(n.Parameters) - 1
	for n.Parameters[last].Deviation == 0 { // a bias
		last--
	}
	tail := slices.Clone(n.Initial(1, last))
	for i := range tail {
		tail[i] *= 10
	}
	if err := state.Write(weightPrefix+n.Parameters[last].Name, tail); err != nil {
		t.Fatal(err)
	}
	for step := range uint64(ringLength) {
		if err := executable.Run(program.Scalars{Step: step}); err != nil {
			t.Fatal(err)
		}
		risks = append(risks, floats(t, state, ring())[2*step])
		truth, sum := floats(t, state, clean), 0.0
		for i, answer := range floats(t, state, answers)[:len(truth)] {
			sum += (answer - truth[i]) * (answer - truth[i]) / float64(len(truth))
		}
		errors = append(errors, sum)
	}
	return risks, errors
}

// TestRiskIsTheSquaredError: over many draws, the estimate without clean images has the mean of the squared error that it estimates, for every noise model
// that has one, with samples whose borders repeat and without: what is repeated must move with what it repeats. The bound is 4.42 standard errors (a
// level of 1e-5), which resolve 2 % of the error; the Poisson estimates, exact to first order only, pass it, too.
func TestRiskIsTheSquaredError(t *testing.T) {
	for name, sets := range map[string][]string{
		"gaussian":         {"noise.sigma=[20, 60]"},
		"poisson":          {"noise.peak=[8, 30]"},
		"poisson-gaussian": {"noise.peak=[8, 30]", "noise.sigma=[10, 40]"},
	} {
		for network, borders := range map[string]float64{"dncnn3x6": 0, "unet3b1": 1, "mlp8x8-24x24": 0} { // the last one has no rectifiers
			sets := append(sets, "noise.model="+name, "network.name="+network, "train.batch=256", "train.loss=sure", fmt.Sprint("train.borders=", borders))
			if network == "mlp8x8-24x24" {
				sets = append(sets, "network.sigma_data=0.5")
			}
			risks, errors := risksAndErrors(t, newOptions(t, t.TempDir(), sets...))
			mean, square, all := 0.0, 0.0, 0.0
			for i := range errors {
				difference := risks[i] - errors[i]
				mean, square, all = mean+difference/ringLength, square+difference*difference/ringLength, all+errors[i]/ringLength
			}
			standardError := math.Sqrt((square - mean*mean) / ringLength)
			if !(math.Abs(mean) <= 4.42*standardError) || !(4.42*standardError <= 0.02*all) {
				t.Errorf("%s, %s: the estimate is %.3g above the squared error %.3g, with a standard error of %.3g", name, network, mean, all, standardError)
			}
		}
	}
}

// TestGradientOfTheRisk compares the gradients of both ways by each weight along a random direction with central differences of the losses' mean: at given
// noise and probe, where no rectifier is at its kink, they are its derivatives.
func TestGradientOfTheRisk(t *testing.T) {
	for name, way := range map[string]func(Update, program.Tensor, []program.Tensor) ([]program.Operation, map[string]program.Tensor, error){
		"differences": Update.riskByDifferences, "tangent": Update.riskByTangent,
	} {
		t.Run(name, func(t *testing.T) { testGradientOfTheRisk(t, way) })
	}
}

func testGradientOfTheRisk(t *testing.T, way func(Update, program.Tensor, []program.Tensor) ([]program.Operation, map[string]program.Tensor, error)) {
	n, err := network.Parse("unet3x4b1", true)
	if err != nil {
		t.Fatal(err)
	}
	input := func(name string, shape ...int) program.Tensor {
		return program.Tensor{Name: name, Shape: shape, Role: program.Input}
	}
	u := Update{
		Network: n, Loss: config.SURE, Noisy: input("noisy", 3, 8, 4, 1), Levels: input("levels", 3), Probe: input("probe", 3, 8, 4, 1), Conditions: input("conditions", 3, 3),
	}
	risks := program.Tensor{Name: "risks", Shape: []int{3}, Role: program.Recorded}
	weights := n.Tensors(weightPrefix, program.Weight)
	operations, gradients, err := way(u, risks, weights)
	if err != nil {
		t.Fatal(err)
	}
	stored := append(slices.Clone(weights), u.Noisy, u.Levels, u.Probe, u.Conditions, risks)
	p := &program.Program{Name: "risk", Operations: operations}
	kept := func(weight program.Tensor) program.Tensor {
		return program.Tensor{Name: "kept/" + weight.Name, Shape: weight.Shape, Role: program.Recorded}
	}
	for _, weight := range weights {
		p.Append(program.Add{Inputs: []program.Tensor{gradients[weight.Name]}, Output: kept(weight)})
		stored = append(stored, kept(weight))
	}
	d := reference.New()
	state, err := d.NewState(stored)
	if err != nil {
		t.Fatal(err)
	}
	executable, err := d.Compile(p, state, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	write := func(tensor program.Tensor, values []float64) {
		t.Helper()
		if err := state.Write(tensor.Name, values); err != nil {
			t.Fatal(err)
		}
	}
	normals := func(index int, count int) []float64 {
		var values []float64
		for block := range uint32(count+3) / 4 {
			four := random.Normals(random.Words(1, random.Noise, 0, uint32(index), block))
			values = append(values, four[:]...)
		}
		return values[:count]
	}
	mean := func() float64 {
		if err := executable.Run(program.Scalars{}); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, loss := range floats(t, state, risks) {
			sum += loss / 3
		}
		return sum
	}
	for i, tensor := range append(slices.Clone(weights), u.Noisy, u.Levels, u.Probe) {
		values := normals(i, tensor.Elements())
		for k := range values { // activations near one, so that few steps cross a kink
			if tensor.Role == program.Weight {
				values[k] /= math.Sqrt(float64(tensor.Elements() / tensor.Shape[0]))
			}
		}
		write(tensor, values)
	}
	write(u.Conditions, []float64{0, 0.5, 0, 1, 1.5, 0, 3, 2, 0.25})
	for i, weight := range weights {
		at, direction := floats(t, state, weight), normals(1000+i, weight.Elements())
		moved := func(h float64) []float64 {
			values := slices.Clone(at)
			for k := range values {
				values[k] += h * direction[k]
			}
			return values
		}
		const h = 1e-7
		write(weight, moved(h))
		want := mean()
		write(weight, moved(-h))
		want = (want - mean()) / (2 * h)
		write(weight, at)
		mean()
		got := 0.0
		for k, value := range floats(t, state, kept(weight)) {
			got += value * direction[k]
		}
		if !(math.Abs(got-want) <= 2e-6*(math.Abs(want)+1)) {
			t.Errorf("the gradient by %s is %v, by central differences %v", weight.Name, got, want)
		}
	}
}
