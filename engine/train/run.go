package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"tweedie/engine/atomicfile"
	"tweedie/engine/checkpoint"
	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/report"
)

// run is a training run in this process.
type run struct {
	Options
	folder   string
	network  *network.Network
	training Step

	state      device.State
	executable device.Executable
	validation *validation

	step, steps uint64
	plan        device.Plan
	metrics     *report.Log
	timing      *report.Log
	last        report.Status
	logged      uint64 // steps that are in metrics
	lastLog     time.Time
	validated   float64      // PSNR of the last validation, in dB
	saving      chan error   // the checkpoint being written, nil if none
	snapshot    device.State // what it is written from
}

// Run trains an experiment in its folder until it is done, and returns what it left; or ErrInterrupted, wrapped, when ctx ends first.
func Run(ctx context.Context, options Options) (outcome Outcome, err error) {
	r := &run{Options: options, folder: options.Experiment.Experiment.Output, validated: math.NaN()}
	r.last = report.Status{Loss: math.NaN(), PSNR: math.NaN()}
	if r.network, err = NetworkOf(options.Experiment); err != nil {
		return Outcome{}, err
	}
	lock, saved, err := r.open()
	if err != nil {
		return Outcome{}, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()

	if outcome, done := finished(r.folder, saved); done {
		return outcome, nil
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.prepare(saved); err != nil {
		return Outcome{}, err
	}
	if err := r.begin(saved); err != nil {
		return Outcome{}, err
	}
	if err := r.loop(ctx); err != nil {
		return Outcome{}, err
	}
	model := filepath.Join(r.folder, ModelName)
	if err := r.finish(model); err != nil {
		return Outcome{}, err
	}
	return Outcome{Folder: r.folder, Model: model, Steps: r.steps, ValidationPSNR: r.validated}, nil
}

// NetworkOf returns an experiment's network; a name that is none, and patches that do not suit it, are a *config.Error.
func NetworkOf(experiment *config.Experiment) (*network.Network, error) {
	n, err := Describe(experiment.Network).Network()
	if mistake := (*network.LayerError)(nil); errors.As(err, &mistake) {
		return nil, &config.Error{Place: mistake.At, Problem: err.Error()}
	}
	if err != nil {
		return nil, &config.Error{Problem: "network.name: " + err.Error()}
	}
	if experiment.Train.Precision == "bf16" {
		n.Activations = program.BFloat16
		if err := n.Check(); err != nil {
			return nil, &config.Error{Problem: "train.precision: in bf16, " + err.Error()}
		}
	}
	patch := experiment.Train.Patch
	switch {
	case patch == 0: // it is the images that suit it or not
	case patch%n.Multiple != 0:
		return nil, &config.Error{Problem: fmt.Sprintf("train.patch = %d is not a multiple of %d, which network %s needs", patch, n.Multiple, n.Name)}
	case n.Height != n.Width:
		return nil, &config.Error{Problem: fmt.Sprintf("network %s takes images of %dx%d pixels only, and patches are square; take whole images by patch = 0", n.Name, n.Height, n.Width)}
	case n.Height > 0 && n.Height != patch:
		return nil, &config.Error{Problem: fmt.Sprintf("train.patch = %d, but network %s takes images of %dx%d pixels only; write patch = %[3]d, or name a network for %[1]dx%[1]d",
			patch, n.Name, n.Height, n.Width)}
	}
	return n, nil
}

// Describe is an experiment's network as package network describes it.
func Describe(n config.Network) network.Description {
	d := network.Description{Name: n.Name, NoiseMap: n.NoiseMap, SigmaData: n.SigmaData, Axes: n.Axes, Layers: n.Layer}
	if n.DomainOffset > 0 {
		d.Domain = network.Domain{Name: n.Domain, Offset: float32(n.DomainOffset)}
	}
	return d
}

// prepare brings images and weights to the device and compiles the programs.
func (r *run) prepare(saved *checkpoint.Checkpoint) error {
	experiment := r.Experiment
	r.training = NewStep(experiment, r.network, r.Training)
	if r.NoisyTarget {
		r.training.NoisyTarget = true
	}
	p, stored, err := r.training.Program()
	if err != nil {
		return err
	}
	if r.validation, err = newValidation(r.Validation, r.network, experiment.Noise, experiment.Experiment.Seed); err != nil {
		return err
	}
	if r.state, err = r.Device.NewState(append(stored, r.validation.stored...)); err != nil {
		return err
	}
	if err := errors.Join(r.initialise(), r.validation.write(r.state)); err != nil {
		return err
	}
	wanted, err := r.tune(p, saved)
	if err != nil {
		return err
	}
	if saved != nil {
		if err := json.Unmarshal([]byte(saved.Plan), &wanted); err != nil {
			return fmt.Errorf("%w: the plan in the checkpoint of step %d cannot be read: %w", ErrFolder, saved.Step, err)
		}
	}
	if err = r.compile(p, wanted); err != nil && saved != nil && !errors.As(err, new(*device.MemoryError)) {
		r.Progress.Message(fmt.Sprintf("going on with other algorithms than the run began with, so that its last bits may differ: %v", err))
		err = r.compile(p, device.Plan{})
	}
	if err != nil {
		return err
	}
	r.plan = r.executable.Plan().Merge(r.validation.executable.Plan())
	return nil
}

// tune times the algorithms of a device that has several, for a new run.
func (r *run) tune(p *program.Program, saved *checkpoint.Checkpoint) (device.Plan, error) {
	tuner, ok := r.Device.(device.Tuner)
	if !ok || r.Deterministic || saved != nil {
		return device.Plan{}, nil
	}
	measurements, err := tuner.Measure(p)
	if err != nil {
		return device.Plan{}, err
	}
	return device.Fastest(r.Device.Info().Name, measurements), nil
}

// compile makes both programs ready by one plan.
func (r *run) compile(step *program.Program, plan device.Plan) error {
	executable, err := r.Device.Compile(step, r.state, plan)
	if err != nil {
		return r.advised(err)
	}
	validation, err := r.Device.Compile(r.validation.program, r.state, plan)
	if err != nil {
		return errors.Join(err, executable.Close())
	}
	r.executable, r.validation.executable = executable, validation
	return nil
}

// advised adds to an error of too little memory which batch would fit: a step's memory grows with it.
func (r *run) advised(err error) error {
	short := (*device.MemoryError)(nil)
	if !errors.As(err, &short) {
		return err
	}
	fits := int64(r.Experiment.Train.Batch) * short.Free / max(short.Needed, 1)
	if fits < 1 {
		return fmt.Errorf("%w; use a smaller network or train.patch (now %d)", err, r.Experiment.Train.Patch)
	}
	return fmt.Errorf("%w; train.batch = %d would fit (now %d)", err, fits, r.Experiment.Train.Batch)
}

// begin puts the weights into the state, those of the checkpoint or new ones, and opens the logs.
func (r *run) begin(saved *checkpoint.Checkpoint) error {
	if saved != nil {
		r.step, r.steps = saved.Step, saved.Steps
		if err := r.restore(saved); err != nil {
			return err
		}
		r.Progress.Message(fmt.Sprintf("going on from step %d of %d", r.step, r.steps))
	} else {
		if r.steps = uint64(r.Experiment.Train.Steps); r.steps == 0 {
			steps, err := r.stepsIn(r.Experiment.Train.Minutes)
			if err != nil {
				return err
			}
			r.steps = steps
			r.Progress.Message(fmt.Sprintf("%g minutes are %d steps on this machine", r.Experiment.Train.Minutes, steps))
			if err := r.initialise(); err != nil { // the timed steps are forgotten
				return err
			}
		}
		if err := atomicfile.WriteBytes(filepath.Join(r.folder, "experiment.toml"), r.Experiment.Encode()); err != nil {
			return err
		}
	}
	r.logged = r.step / logEvery * logEvery
	var err error
	if r.metrics, err = report.OpenLog(filepath.Join(r.folder, MetricsName), r.step); err != nil {
		return err
	}
	if r.timing, err = report.OpenLog(filepath.Join(r.folder, "timing.jsonl"), r.step); err != nil {
		return err
	}
	if saved == nil {
		return r.save()
	}
	return nil
}

// initialise writes what the run begins with.
func (r *run) initialise() error {
	contents := r.training.Contents()
	if r.network.Axes {
		measured, err := r.Training.axes()
		if err != nil {
			return err
		}
		for name, values := range measured {
			contents[weightPrefix+name], contents[AveragePrefix+name] = values, values
		}
	}
	for name, values := range r.Weights {
		contents[weightPrefix+name], contents[AveragePrefix+name] = values, values
	}
	for name, values := range contents {
		if err := r.state.Write(name, values); err != nil {
			return err
		}
	}
	return nil
}

// close waits for a checkpoint that is being written and frees everything.
func (r *run) close() error {
	err := r.saved()
	for _, log := range []*report.Log{r.metrics, r.timing} {
		if log != nil {
			err = errors.Join(err, log.Close())
		}
	}
	if r.executable != nil { // compiled both, or neither
		err = errors.Join(err, r.executable.Close(), r.validation.executable.Close())
	}
	if r.state != nil {
		err = errors.Join(err, r.state.Close())
	}
	return err
}
