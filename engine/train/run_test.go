package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tweedie/engine/checkpoint"
	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
	"tweedie/engine/random"
	"tweedie/engine/report"
)

// stripes are images whose samples repeat, so that a few steps learn something.
func stripes(count int, seed uint64) Images {
	const side = 12
	set := Images{Digest: fmt.Sprint("stripes ", count, seed)}
	var samples []uint8
	for image := range count {
		words := random.Words(seed, random.Synthetic, 0, 0, uint32(image))
		for y := range side {
			for x := range side {
				samples = append(samples, uint8(128+100*math.Sin(float64(x)*float64(words[0]%7)/5+float64(y)*float64(words[1]%5)/4)))
			}
		}
		set.Index = append(set.Index, uint32(image*side*side), 0, side, side)
		set.Names = append(set.Names, fmt.Sprint("stripe ", image))
	}
	set.Samples = samples
	return set
}

// newOptions is a run of the smallest kind on the reference device.
func newOptions(t *testing.T, folder string, sets ...string) Options {
	t.Helper()
	text := `[experiment]
name = "tiny"
[network]
name = "unet2x3b1"
[train]
steps = 30
batch = 2
patch = 8
validate = 12
[checkpoint]
every = 7
`
	path := filepath.Join(t.TempDir(), "tiny.toml")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	experiment, err := config.Load(path, os.DirFS(t.TempDir()), append(sets, "experiment.output="+folder))
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Experiment: experiment, Device: reference.New(), Training: stripes(5, 1), Validation: stripes(3, 2),
		Progress: report.NewLines(testWriter{t}, time.Hour, time.Now), Clock: time.Now,
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

// interrupting is a device that ends a context when a training step of a number begins.
type interrupting struct {
	device.Device
	at     uint64
	cancel context.CancelFunc
}

func (d interrupting) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	e, err := d.Device.Compile(p, s, plan)
	return interruptingRun{e, d}, err
}

type interruptingRun struct {
	device.Executable
	device interrupting
}

func (e interruptingRun) Run(scalars program.Scalars) error {
	if scalars.Step == e.device.at {
		e.device.cancel()
	}
	return e.Executable.Run(scalars)
}

func mustRun(t *testing.T, options Options) Outcome {
	t.Helper()
	outcome, err := Run(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

// results are the files that equal runs have in common, by their name in the run folder.
func results(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{ModelName, MetricsName, "checkpoints/00000030.safetensors"} {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = content
	}
	return files
}

// TestResumedRunEqualsUnbroken interrupts a run at every kind of step, with checkpoints that lie before it, damages the newest
// checkpoint in one case, goes on in another folder, and compares model, metrics and last checkpoint byte by byte.
func TestResumedRunEqualsUnbroken(t *testing.T) {
	unbroken := newOptions(t, filepath.Join(t.TempDir(), "unbroken"))
	mustRun(t, unbroken)
	want := results(t, unbroken.Experiment.Experiment.Output)
	for _, at := range []uint64{0, 1, 6, 7, 11, 12, 19, 28, 29} {
		t.Run(fmt.Sprint("interrupted in step ", at), func(t *testing.T) {
			options := newOptions(t, filepath.Join(t.TempDir(), "broken"))
			ctx, cancel := context.WithCancel(context.Background())
			options.Device = interrupting{reference.New(), at, cancel}
			if _, err := Run(ctx, options); at < 29 && !errors.Is(err, ErrInterrupted) {
				t.Fatalf("an interrupted run ends with %v", err)
			}
			moved := filepath.Join(t.TempDir(), "elsewhere")
			if err := os.Rename(options.Experiment.Experiment.Output, moved); err != nil {
				t.Fatal(err)
			}
			again := newOptions(t, moved)
			again.Start = Resume
			if at == 19 {
				damage(t, checkpoint.Path(moved, at+1))
			}
			mustRun(t, again)
			for name, content := range results(t, moved) {
				if !bytes.Equal(content, want[name]) {
					t.Errorf("%s differs from the unbroken run's", name)
				}
			}
		})
	}
}

// TestFailedCheckpointStopsTheRun: a checkpoint that cannot be written ends the run soon, and not when the next one is due.
func TestFailedCheckpointStopsTheRun(t *testing.T) {
	options := newOptions(t, filepath.Join(t.TempDir(), "run"), "train.steps=400", "train.validate=400", "checkpoint.every=200")
	checkpoints := filepath.Dir(checkpoint.Path(options.Experiment.Experiment.Output, 0))
	obstruct := func() {
		if err := errors.Join(os.RemoveAll(checkpoints), os.WriteFile(checkpoints, nil, 0o666)); err != nil {
			t.Error(err)
		}
	}
	nextIsDue := false
	options.Device = interrupting{interrupting{options.Device, 150, obstruct}, 399, func() { nextIsDue = true }}
	if _, err := Run(context.Background(), options); err == nil || nextIsDue {
		t.Errorf("the run ends with %v, and went on to the next checkpoint: %v", err, nextIsDue)
	}
}

// TestModelIsWrittenAfterAll: a run that was killed between its last checkpoint and the model needs no step to be finished.
func TestModelIsWrittenAfterAll(t *testing.T) {
	options := newOptions(t, filepath.Join(t.TempDir(), "run"))
	first := mustRun(t, options)
	want := results(t, first.Folder)
	if err := os.Remove(first.Model); err != nil {
		t.Fatal(err)
	}
	options.Start = Resume
	again := mustRun(t, options)
	if again.Finished || again.ValidationPSNR != first.ValidationPSNR || !bytes.Equal(results(t, first.Folder)[ModelName], want[ModelName]) {
		t.Errorf("finishing gives %+v, want %+v and the same model", again, first)
	}
}

func damage(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestOtherSeedsAndStepsDiffer, so that the comparison above could fail.
func TestOtherSeedsAndStepsDiffer(t *testing.T) {
	models := map[string]string{}
	for _, set := range []string{"experiment.seed=1", "experiment.seed=2", "noise.sigma=26", "train.average=0.5", "train.learning_rate=2e-3", "train.clip=0.01"} {
		options := newOptions(t, filepath.Join(t.TempDir(), "run"), "train.steps=12", set)
		mustRun(t, options)
		content, err := os.ReadFile(filepath.Join(options.Experiment.Experiment.Output, ModelName))
		if err != nil {
			t.Fatal(err)
		}
		if other, same := models[string(content)]; same {
			t.Errorf("%s and %s give the same model", set, other)
		}
		models[string(content)] = set
	}
}

// TestTrainingLearns: the averaged weights denoise held-out images better than the identity does, which scores 20.2 dB at sigma 25.
func TestTrainingLearns(t *testing.T) {
	outcome := mustRun(t, newOptions(t, filepath.Join(t.TempDir(), "run"), "network.name=unet6b1", "train.steps=150", "train.learning_rate=1e-2"))
	if !(outcome.ValidationPSNR > 23) {
		t.Errorf("validation PSNR is %v dB after 150 steps", outcome.ValidationPSNR)
	}
}

func TestFoldersAreNotOverwritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "run")
	first := mustRun(t, newOptions(t, folder))
	options := newOptions(t, folder)
	if _, err := Run(context.Background(), options); !errors.Is(err, ErrFolder) || !strings.Contains(err.Error(), "-resume") || !strings.Contains(err.Error(), "-fresh") {
		t.Errorf("a second run in the folder ends with %v", err)
	}
	options.Start = Resume
	if outcome := mustRun(t, options); !outcome.Finished || outcome.Model != first.Model {
		t.Errorf("resuming a finished run gives %+v", outcome)
	}
	changed := newOptions(t, folder, "train.batch=3")
	changed.Start = Resume
	if _, err := Run(context.Background(), changed); !errors.Is(err, ErrFolder) || !strings.Contains(err.Error(), "train.batch = 3 (was 2)") {
		t.Errorf("resuming with another batch ends with %v", err)
	}
	others := newOptions(t, folder)
	others.Start, others.Training = Resume, stripes(5, 9)
	if _, err := Run(context.Background(), others); !errors.Is(err, ErrFolder) || !strings.Contains(err.Error(), "data.train") {
		t.Errorf("resuming with other images ends with %v", err)
	}
	options.Start = Fresh
	mustRun(t, options)
	for _, name := range []string{folder, folder + ".old-1"} {
		if _, err := os.Stat(filepath.Join(name, ModelName)); err != nil {
			t.Error(err)
		}
	}
}

func TestDivergenceIsToldAndChangesNothing(t *testing.T) {
	options := newOptions(t, filepath.Join(t.TempDir(), "run"))
	options.Device = poisoned{reference.New()}
	_, err := Run(context.Background(), options)
	if !errors.Is(err, ErrNumeric) || !strings.Contains(err.Error(), "train.learning_rate") {
		t.Fatalf("a run without a finite gradient ends with %v", err)
	}
	c, skipped, err := checkpoint.Newest(options.Experiment.Experiment.Output)
	if err != nil || len(skipped) > 0 {
		t.Fatal(err, skipped)
	}
	for _, tensor := range c.Tensors {
		if values, ok := tensor.Data.([]float64); ok && tensor.Name != ringName {
			for _, value := range values {
				if math.IsNaN(value) {
					t.Fatalf("%s of step %d is not a number", tensor.Name, c.Step)
				}
			}
		}
	}
}

// poisoned is a device whose training steps compare with clean images that are not numbers.
type poisoned struct{ device.Device }

var nowhere = program.Tensor{Name: "nowhere", Shape: []int{2, 8, 8, 1}, Role: program.Input}

func (d poisoned) NewState(tensors []program.Tensor) (device.State, error) {
	s, err := d.Device.NewState(append(tensors, nowhere))
	if err != nil {
		return nil, err
	}
	values := make([]float32, nowhere.Elements())
	for i := range values {
		values[i] = float32(math.NaN())
	}
	return s, s.Write(nowhere.Name, values)
}

func (d poisoned) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	for i, operation := range p.Operations {
		if mse, ok := operation.(program.MSE); ok && p.Name == "training step" {
			mse.Clean = nowhere
			p.Operations[i] = mse
		}
	}
	return d.Device.Compile(p, s, plan)
}

func TestScheduleRisesAndFalls(t *testing.T) {
	const steps = 1000
	peak, before := 0.0, 0.0
	for step := range uint64(steps) {
		rate := float64(LearningRate(1e-3, 0.02, step, steps))
		if !(rate > 0 && rate <= 1.0001e-3) || (step <= 20) != (rate > before) {
			t.Fatalf("step %d: rate %v after %v", step, rate, before)
		}
		peak, before = max(peak, rate), rate
	}
	if !(peak > 0.97e-3) || !(before < 1e-8) {
		t.Errorf("the rate rises to %v and ends at %v", peak, before)
	}
	if rate := LearningRate(1e-3, 0, 0, 10); !(rate > 0.9e-3) {
		t.Errorf("without warm-up the rate begins at %v", rate)
	}
}

// TestMinutesBecomeSteps: with a clock that moves ten milliseconds a look, the number of steps is known.
func TestMinutesBecomeSteps(t *testing.T) {
	options := newOptions(t, filepath.Join(t.TempDir(), "run"), "train.minutes=0.02", "train.validate=10")
	now := time.Now()
	options.Clock = func() time.Time {
		now = now.Add(10 * time.Millisecond)
		return now
	}
	// A step and a validation take one look each: 1.2 s / (10 ms + 10 ms / 10) = 109.
	if outcome := mustRun(t, options); outcome.Steps != 109 {
		t.Errorf("0.02 minutes are %d steps, want 109", outcome.Steps)
	}
}
