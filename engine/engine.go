// Package engine is the API that this project promises: open a model and denoise images with it, train an experiment, evaluate. The
// packages below it may change.
package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/device"
	"tweedie/engine/report"
	"tweedie/engine/train"
)

// Training is an experiment to train, and what to do about a run that may be in its folder already.
type Training struct {
	Experiment *config.Experiment
	Start      train.Start
	Progress   report.Progress
	// Deterministic takes a device's default algorithms, so that equal experiments give equal bits, instead of the fastest.
	Deterministic bool
}

// Train trains the experiment in its folder. Its errors are those of config, data and train, and *DeviceError.
func Train(ctx context.Context, t Training) (train.Outcome, error) {
	if _, err := train.NetworkOf(t.Experiment); err != nil { // before images are read, which may take a while
		return train.Outcome{}, err
	}
	if err := outputApart(t.Experiment); err != nil {
		return train.Outcome{}, err
	}
	if t.Start == train.Resume {
		if outcome, done := train.Finished(t.Experiment); done {
			return outcome, nil
		}
	}
	if shared := sharedFolder(t.Experiment); shared != "" {
		t.Progress.Message(fmt.Sprintf("%s is in data.train and in data.validation: the validation measures images that the network has learnt from, and will flatter it", shared))
	}
	weights, err := startingWeights(t.Experiment, t.Start)
	if err != nil {
		return train.Outcome{}, err
	}
	training, validation, err := loadBoth(ctx, t.Experiment)
	if err != nil {
		return train.Outcome{}, err
	}
	for _, set := range []*data.Set{training, validation} {
		for _, skipped := range set.Skipped {
			t.Progress.Message(fmt.Sprintf("left out %v", skipped))
		}
	}
	d, err := OpenDevice(t.Experiment.Device.Name, t.Experiment.Device.Threads)
	if err != nil {
		return train.Outcome{}, err
	}
	defer d.Close()
	t.Progress.Message(describe(d.Info(), training, validation))
	return train.Run(ctx, train.Options{
		Experiment: t.Experiment, Start: t.Start, Device: d, Training: images(training), Validation: images(validation),
		Progress: t.Progress, Clock: time.Now, Deterministic: t.Deterministic,
		Weights: weights,
	})
}

// outputApart reports a run folder inside a folder of images: the run's pictures would become images themselves, and it could not be resumed.
func outputApart(experiment *config.Experiment) error {
	output, err := filepath.Abs(experiment.Experiment.Output)
	if err != nil {
		return err
	}
	of := experiment.Data
	for key, sources := range map[string][]string{"data.train": of.Train, "data.validation": of.Validation, "data.noisy": of.Noisy, "data.clean": of.Clean,
		"data.validation_noisy": of.ValidationNoisy, "data.validation_clean": of.ValidationClean} {
		for _, source := range sources {
			folder, err := filepath.Abs(source)
			if err != nil || data.IsSource(source) {
				continue
			}
			if inside, err := filepath.Rel(folder, output); err == nil && filepath.IsLocal(inside) {
				return &config.Error{Problem: fmt.Sprintf("experiment.output = %q lies in the folder %q of %s, whose images the run's own pictures would become; name a folder elsewhere",
					experiment.Experiment.Output, source, key)}
			}
		}
	}
	return nil
}

// sharedFolder is the first folder that is both trained and validated on, "" if there is none. Synthetic images of one name differ.
func sharedFolder(experiment *config.Experiment) string {
	for _, train := range slices.Concat(experiment.Data.Train, experiment.Data.Clean) {
		for _, validation := range slices.Concat(experiment.Data.Validation, experiment.Data.ValidationClean) {
			first, firstErr := os.Stat(train)
			second, secondErr := os.Stat(validation)
			if firstErr == nil && secondErr == nil && os.SameFile(first, second) {
				return validation
			}
		}
	}
	return ""
}

func describe(info device.Info, training, validation *data.Set) string {
	text := fmt.Sprintf("%s (%s, %d threads), %d images to train on, %d to validate", info.Name, info.Description, info.Threads, len(training.Images), len(validation.Images))
	if info.Slow != "" {
		text += "\n" + info.Slow
	}
	if info.Missing != "" {
		text += "\n" + info.Missing
	}
	return text
}

// loadBoth reads the images to train and to validate on. When ctx ends first, reading is left alone: the process is about to end.
func loadBoth(ctx context.Context, experiment *config.Experiment) (training, validation *data.Set, err error) {
	type result struct {
		sets [2]*data.Set
		err  error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		if r.sets[0], r.err = LoadImages(experiment, false); r.err == nil {
			r.sets[1], r.err = LoadImages(experiment, true)
		}
		done <- r
	}()
	select {
	case r := <-done:
		return r.sets[0], r.sets[1], r.err
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("%w while reading images; nothing was begun", train.ErrInterrupted)
	}
}

// LoadImages reads an experiment's images: those to train on, or those to validate on; of pairs, the set has the noisy ones too. Images below the
// patch size, and files that cannot be read, are in the set's Skipped.
func LoadImages(experiment *config.Experiment, validation bool) (*data.Set, error) {
	sources, noisy, clean := experiment.Data.Train, experiment.Data.Noisy, experiment.Data.Clean
	options := data.Options{Patch: experiment.Train.Patch, SkipBroken: true, Recursive: true, Seed: experiment.Experiment.Seed, Validation: validation}
	if validation {
		sources, noisy, clean = experiment.Data.Validation, experiment.Data.ValidationNoisy, experiment.Data.ValidationClean
	}
	switch {
	case experiment.Data.Paired():
		return data.LoadPairs(noisy, clean, options)
	case experiment.Noise.Model == config.Paired:
		return nil, &config.Error{Problem: fmt.Sprintf("noise.model = %q is the noise of recorded pairs; name them by data.noisy and data.clean", config.Paired)}
	}
	return data.Load(sources, options)
}

func images(set *data.Set) train.Images {
	result := train.Images{Samples: samples(set), Index: set.Index(), Digest: set.Digest}
	if set.Noisy != nil {
		result.Noisy = samples(set.Noisy)
	}
	for _, image := range set.Images {
		result.Names = append(result.Names, image.Name)
	}
	return result
}

func samples(set *data.Set) any {
	if set.Depth() == 16 {
		return set.Samples16
	}
	return set.Samples8
}
