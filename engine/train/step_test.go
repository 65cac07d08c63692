package train

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tweedie/engine/checkpoint"
	"tweedie/engine/config"
	"tweedie/engine/denoise"
	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/random"
	"tweedie/engine/report"
)

// byHand takes an experiment's steps one after the other, at the given rates, and calls after with the state after each of them.
func byHand(t *testing.T, s Step, rates []float64, after func(step int, state device.State)) {
	t.Helper()
	p, stored, err := s.Program()
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range []program.Tensor{s.Clean, s.Noisy, s.Levels} {
		if tensor.Role != program.Temporary {
			stored = append(stored, tensor)
		}
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
	for name, values := range s.Contents() {
		if err := state.Write(name, values); err != nil {
			t.Fatal(err)
		}
	}
	for step, rate := range rates {
		if err := executable.Run(program.Scalars{Step: uint64(step), LearningRate: float32(rate)}); err != nil {
			t.Fatal(err)
		}
		after(step, state)
	}
}

func floats(t *testing.T, s device.State, tensor program.Tensor) []float64 {
	t.Helper()
	values := make([]float64, tensor.Elements())
	if err := s.Read(tensor.Name, values); err != nil {
		t.Fatal(err)
	}
	return values
}

// TestRunTakesTheStepsOfTheSchedule repeats a run by hand: the lines of metrics.jsonl hold the means of ten steps' losses and norms and the last
// one's rate, and the model is the average after the last step.
func TestRunTakesTheStepsOfTheSchedule(t *testing.T) {
	const peak, warmup, steps = 1e-2, 0.25, 24
	options := newOptions(t, filepath.Join(t.TempDir(), "run"), "train.steps=24", "train.learning_rate=1e-2", "train.warmup=0.25", "train.validate=11", "checkpoint.keep=3")
	outcome := mustRun(t, options)
	rates := make([]float64, steps)
	for step := range rates {
		u := (float64(step) + 0.5) / steps
		rates[step] = peak * min(u/warmup, (1+math.Cos(math.Pi*max(0, u-warmup)/(1-warmup)))/2)
	}
	n, err := network.Parse("unet2x3b1", false)
	if err != nil {
		t.Fatal(err)
	}
	var losses, norms, average []float64
	byHand(t, NewStep(options.Experiment, n, options.Training), rates, func(step int, s device.State) {
		row := floats(t, s, ring())[2*step:]
		losses, norms = append(losses, row[0]), append(norms, row[1])
		average = floats(t, s, n.Tensors(AveragePrefix, program.Averaged)[0])
	})
	training, validation, err := report.ReadMetrics(filepath.Join(outcome.Folder, MetricsName))
	if err != nil || len(training) != 3 || len(validation) != 3 {
		t.Fatalf("%d lines of training and %d of validation (%v), want 3 of each", len(training), len(validation), err)
	}
	for i, step := range []uint64{11, 22, 24} {
		if validation[i].Step != step {
			t.Errorf("validation %d is of step %d, want %d", i, validation[i].Step, step)
		}
	}
	mean := func(values []float64) float64 {
		sum := 0.0
		for _, value := range values {
			sum += value / float64(len(values))
		}
		return sum
	}
	for i, line := range training {
		first, last := 10*i, min(10*i+10, steps)
		loss := mean(losses[first:last])
		for what, pair := range map[string][2]float64{
			"step": {float64(line.Step), float64(last)}, "loss": {float64(line.Loss), loss}, "PSNR": {float64(line.PSNR), -10 * math.Log10(loss)},
			"gradient norm": {float64(line.GradientNorm), mean(norms[first:last])}, "rate": {float64(line.LearningRate), rates[last-1]},
		} {
			if !(math.Abs(pair[0]-pair[1]) <= 1e-6*math.Abs(pair[1])) {
				t.Errorf("the line of step %d has the %s %v, want %v", last, what, pair[0], pair[1])
			}
		}
	}
	file, err := checkpoint.ReadFile(outcome.Model)
	if err != nil {
		t.Fatal(err)
	}
	model, _ := file.Tensor(n.Parameters[0].Name)
	for i, value := range model.Data.([]float32) {
		if !(math.Abs(float64(value)-average[i]) <= 1e-6*math.Abs(average[i])) {
			t.Fatalf("%s[%d] is %v in the model, want %v", model.Name, i, value, average[i])
		}
	}
	if kept, err := checkpoint.Steps(outcome.Folder); err != nil || !slices.Equal(kept, []uint64{14, 21, 24}) {
		t.Errorf("the checkpoints of %v are kept (%v)", kept, err)
	}
}

// TestDrawsOfAStep: levels lie where the experiment says, noise is that of the stream Noise, patches depend on the seed, and the last rows and columns
// are repeated, noise included, in the share of the samples that the experiment says.
func TestDrawsOfAStep(t *testing.T) {
	var cleans [][]float64
	for seed, borders := range map[uint64]float64{5: 0, 6: 0.5, 7: 1} {
		options := newOptions(t, t.TempDir(), "noise.sigma=[10, 50]", "train.batch=9", fmt.Sprint("train.borders=", borders))
		options.Experiment.Experiment.Seed = seed
		extended := 0
		n, err := network.Parse("unet2x3b1", false)
		if err != nil {
			t.Fatal(err)
		}
		s := NewStep(options.Experiment, n, options.Training)
		s.Clean.Role, s.Noisy.Role, s.Levels.Role = program.Recorded, program.Recorded, program.Recorded
		byHand(t, s, make([]float64, 3), func(step int, state device.State) {
			clean, noisy, levels := floats(t, state, s.Clean), floats(t, state, s.Noisy), floats(t, state, s.Levels)
			for i := range noisy {
				sample, element := uint32(i/64), uint32(i%64)
				level := (10 + 40*float64(random.Uniform(random.Words(seed, random.Levels, uint64(step), sample, 0)[0]))) / 255
				words := random.Words(seed, random.Borders, uint64(step), sample, 0)
				y, x := element/8, element%8
				if float64(random.Uniform(words[2])) < borders {
					y, x = min(y, 7-words[0]>>29), min(x, 7-words[1]>>29)
					extended++
				}
				kept := 8*y + x
				if clean[i] != clean[64*sample+kept] {
					t.Fatalf("step %d, sample %d: element %d is not a copy of element %d", step, sample, element, kept)
				}
				normal := random.Normals(random.Words(seed, random.Noise, uint64(step), sample, kept/4))[kept%4]
				if !(math.Abs(levels[sample]-level) <= 1e-7) || !(math.Abs(noisy[i]-clean[i]-level*normal) <= 1e-6) {
					t.Fatalf("step %d, sample %d, element %d: level %v and noise %v, want %v and %v", step, sample, element, levels[sample], noisy[i]-clean[i], level, level*normal)
				}
			}
			cleans = append(cleans, clean)
		})
		if share := float64(extended) / (3 * 9 * 64); !(math.Abs(share-borders) <= 0.3) || (borders == 0) != (extended == 0) {
			t.Errorf("a share of %v is extended, want %v", share, borders)
		}
	}
	for i, a := range cleans {
		for k, b := range cleans[:i] {
			if slices.Equal(a, b) {
				t.Errorf("the batches %d and %d of two seeds with three steps are equal", k, i)
			}
		}
	}
}

// TestValidationIsThatOfTheModel computes the validation PSNR again from the model's file: the middles of the images, levels spread over the range,
// noise of the stream Validation, the mean over the images in dB.
func TestValidationIsThatOfTheModel(t *testing.T) {
	const side, seed = 8, 4
	options := newOptions(t, filepath.Join(t.TempDir(), "run"), "network.noise_map=true", "noise.sigma=[10, 40]", "train.learning_rate=2e-2", "experiment.seed=4")
	sizes := [][2]int{{12, 19}, {17, 12}, {15, 16}}
	images, samples := Images{Digest: "sixteen bits"}, []uint16{}
	for i, size := range sizes {
		images.Index = append(images.Index, uint32(len(samples)), 0, uint32(size[0]), uint32(size[1]))
		images.Names = append(images.Names, "image")
		for k := range size[0] * size[1] {
			samples = append(samples, uint16(30000+20000*math.Sin(float64(k*(i+1))/9)))
		}
	}
	images.Samples = samples
	options.Validation = images
	outcome := mustRun(t, options)

	file, err := checkpoint.ReadFile(outcome.Model)
	if err != nil {
		t.Fatal(err)
	}
	weights := map[string][]float32{}
	for _, tensor := range file.Tensors {
		weights[tensor.Name] = tensor.Data.([]float32)
	}
	n, err := network.Parse("unet2x3b1", true)
	if err != nil {
		t.Fatal(err)
	}
	d, err := denoise.New(reference.New(), n, weights)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	want := 0.0
	for i, size := range sizes {
		offset, _, _ := images.size(i)
		sigma := (10 + 30*(float64(i)+0.5)/3) / 255
		clean, noisy := make([]float64, side*side), make([]float32, side*side)
		for e := range clean {
			y, x := (size[0]-side)/2+e/side, (size[1]-side)/2+e%side
			clean[e] = float64(samples[offset+y*size[1]+x]) / 65535
			noisy[e] = float32(clean[e] + sigma*random.Normals(random.Words(seed, random.Validation, 0, uint32(i), uint32(e/4)))[e%4])
		}
		denoised, err := d.Image(noisy, side, side, sigma)
		if err != nil {
			t.Fatal(err)
		}
		square := 0.0
		for e := range clean {
			square += (float64(denoised[e]) - clean[e]) * (float64(denoised[e]) - clean[e]) / (side * side)
		}
		want += -10 * math.Log10(square) / 3
	}
	if !(math.Abs(outcome.ValidationPSNR-want) <= 1e-5) {
		t.Errorf("the validation PSNR is %v dB, that of the model %v", outcome.ValidationPSNR, want)
	}
}

// fixedRing is a State whose ring holds given rows.
type fixedRing struct {
	device.State
	rows map[uint64][2]float64
}

func (s fixedRing) Read(_ string, dst any) error {
	for row, values := range s.rows {
		copy(dst.([]float64)[2*row:], values[:])
	}
	return nil
}

// TestLogLeavesOutWhatIsNotFinite: means are those of the steps whose loss and norm are both finite; ten steps without one, or with a loss beyond reason,
// end the run.
func TestLogLeavesOutWhatIsNotFinite(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	rows := map[uint64][2]float64{}
	for step := range uint64(10) {
		rows[step], rows[20+step], rows[40+step] = [2]float64{nan, inf}, [2]float64{nan, nan}, [2]float64{2e4, 1}
	}
	rows[3], rows[5], rows[7] = [2]float64{0.5, 4}, [2]float64{0.25, 2}, [2]float64{9, inf}
	log, err := report.OpenLog(filepath.Join(t.TempDir(), MetricsName), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r := &run{
		Options: Options{Progress: report.NewLines(testWriter{t}, time.Hour, time.Now), Experiment: &config.Experiment{}, Clock: time.Now},
		state:   fixedRing{rows: rows}, metrics: log, steps: 1000,
	}
	r.step, r.logged = ringLength+10, ringLength // the ring's rows 0 to 9
	if err := r.log(); err != nil || r.last.Loss != 0.375 {
		t.Errorf("two finite steps of ten have the mean loss %v (%v), want 0.375", r.last.Loss, err)
	}
	for step, what := range map[uint64]string{30: "ten steps without a finite loss", 50: "a mean loss of 20000"} {
		r.step, r.logged = step, step-10
		if err := r.log(); !errors.Is(err, ErrNumeric) {
			t.Errorf("%s end with %v", what, err)
		}
	}
}

// twenty runs twenty steps and returns each one's loss and gradient norm.
func twenty(t *testing.T, s Step, d device.Device) []float64 {
	t.Helper()
	p, stored, err := s.Program()
	if err != nil {
		t.Fatal(err)
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
	for name, values := range s.Contents() {
		if err := state.Write(name, values); err != nil {
			t.Fatal(err)
		}
	}
	for step := range uint64(20) {
		if err := executable.Run(program.Scalars{Step: step, LearningRate: 1e-3}); err != nil {
			t.Fatal(err)
		}
	}
	return floats(t, state, ring())[:2*20]
}
