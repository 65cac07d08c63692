package train

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"tweedie/engine/checkpoint"
	"tweedie/engine/config"
)

// Finished tells, without images and without a device, whether the folder of an experiment holds a run of it that is done, and what it left.
func Finished(experiment *config.Experiment) (Outcome, bool) {
	saved, _, err := checkpoint.Newest(experiment.Experiment.Output)
	if err != nil || saved.Experiment != string(experiment.Canonical()) {
		return Outcome{}, false // Run says what is wrong
	}
	return finished(experiment.Experiment.Output, saved)
}

func finished(folder string, saved *checkpoint.Checkpoint) (Outcome, bool) {
	model := filepath.Join(folder, ModelName)
	if saved == nil || saved.Step != saved.Steps {
		return Outcome{}, false
	}
	if _, err := os.Stat(model); err != nil {
		return Outcome{}, false
	}
	return Outcome{Folder: folder, Model: model, Steps: saved.Steps, ValidationPSNR: math.NaN(), Finished: true}, true
}

// open takes the folder's lock and finds the checkpoint to go on from, nil if the run has not begun.
func (r *run) open() (*checkpoint.Lock, *checkpoint.Checkpoint, error) {
	if r.Start == Fresh {
		if err := r.moveAside(); err != nil {
			return nil, nil, err
		}
	}
	if err := os.MkdirAll(r.folder, 0o777); err != nil {
		return nil, nil, fmt.Errorf("%w: it cannot be made: %w", ErrFolder, err)
	}
	lock, err := checkpoint.LockFolder(r.folder)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	saved, err := r.find()
	if err != nil {
		return nil, nil, errors.Join(err, lock.Release())
	}
	return lock, saved, nil
}

func (r *run) find() (*checkpoint.Checkpoint, error) {
	steps, err := checkpoint.Steps(r.folder)
	if err != nil {
		return nil, err
	}
	if len(steps) > 0 && r.Start == New {
		return nil, fmt.Errorf("%w: %s holds a run already: go on with it by -resume, or begin anew by -fresh, which moves it aside", ErrFolder, r.folder)
	}
	if _, err := checkpoint.RemoveLeftovers(r.folder); err != nil {
		return nil, err
	}
	saved, skipped, err := checkpoint.Newest(r.folder)
	for _, broken := range skipped {
		r.Progress.Message(fmt.Sprintf("skipped a broken checkpoint: %v", broken))
	}
	if errors.Is(err, checkpoint.ErrNone) {
		if len(skipped) > 0 {
			return nil, fmt.Errorf("%w: no checkpoint in %s is whole: begin anew by -fresh, which moves the run aside", ErrFolder, r.folder)
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return saved, r.same(saved)
}

// same reports a checkpoint of another experiment or of other images.
func (r *run) same(saved *checkpoint.Checkpoint) error {
	before, err := config.Parse("the experiment in the checkpoint", []byte(saved.Experiment))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	// Not the texts are compared: an earlier version may have written fewer keys, whose defaults are what it did.
	if differences := config.Differences(before, r.Experiment); len(differences) > 0 {
		return fmt.Errorf("%w: %s holds a run of another experiment: %s; set that back, or begin anew by -fresh, which moves the run aside",
			ErrFolder, r.folder, strings.Join(differences, ", "))
	}
	if saved.Images != r.digest() {
		return fmt.Errorf("%w: the images of data.train and data.validation are not those that the run in %s began with; bring them back, or begin anew by -fresh", ErrFolder, r.folder)
	}
	return nil
}

func (r *run) digest() string { return r.Training.Digest + " " + r.Validation.Digest }

// moveAside renames a run's folder to the first free name of folder.old-1, folder.old-2, ...
func (r *run) moveAside() error {
	if entries, err := os.ReadDir(r.folder); errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	lock, err := checkpoint.LockFolder(r.folder) // nobody is training in it
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	for number := 1; ; number++ {
		aside := fmt.Sprintf("%s.old-%d", filepath.Clean(r.folder), number)
		if _, err := os.Lstat(aside); err == nil {
			continue
		}
		if err := os.Rename(r.folder, aside); err != nil {
			return errors.Join(fmt.Errorf("%w: it cannot be moved aside: %w", ErrFolder, err), lock.Release())
		}
		r.Progress.Message(fmt.Sprintf("the earlier run is now in %s", aside))
		return lock.Release()
	}
}
