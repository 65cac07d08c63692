// Package checkpoint keeps the state of a training run on disk, in safetensors files that carry their own SHA-256 and are replaced atomically.
//
// It reads and writes such files in general (File, Tensor), maps a Checkpoint to one, and looks after a run folder: naming, the newest whole checkpoint,
// pruning, the lock. Which tensors a run needs is decided by the training loop, not here.
package checkpoint

import (
	"fmt"
	"maps"
	"strconv"
)

// Checkpoint is all that a training run needs to go on as if it had never stopped. Equal checkpoints give equal files.
type Checkpoint struct {
	Step       uint64 // steps done
	Steps      uint64 // steps of the whole run
	Plan       string // JSON: the algorithm chosen for each operation
	Experiment string // the experiment as far as it changes results
	Images     string // digest of the image sets
	Tensors    []Tensor
	// Metadata is what else the file holds; keys that this version does not know survive a reading and a writing.
	Metadata map[string]string
}

const (
	stepKey       = "step"
	stepsKey      = "steps"
	planKey       = "plan"
	experimentKey = "experiment"
	imagesKey     = "images"
)

// File returns the checkpoint as a safetensors file. The tensors are shared, not copied.
func (c *Checkpoint) File() (*File, error) {
	if c.Step > c.Steps {
		return nil, fmt.Errorf("checkpoint: step %d is beyond the run's %d steps", c.Step, c.Steps)
	}
	metadata := map[string]string{
		stepKey:       strconv.FormatUint(c.Step, 10),
		stepsKey:      strconv.FormatUint(c.Steps, 10),
		planKey:       c.Plan,
		experimentKey: c.Experiment,
		imagesKey:     c.Images,
	}
	for key, value := range c.Metadata {
		if _, own := metadata[key]; own {
			return nil, fmt.Errorf("checkpoint: metadata %q is a field of its own", key)
		}
		metadata[key] = value
	}
	return &File{Metadata: metadata, Tensors: c.Tensors}, nil
}

// FromFile returns the checkpoint in a file, which must carry a digest. The tensors are shared, not copied.
func FromFile(file *File) (*Checkpoint, error) {
	if file.Digest == "" {
		return nil, errNoDigest
	}
	rest := maps.Clone(file.Metadata)
	var missing error
	take := func(key string) string {
		value, ok := rest[key]
		if !ok && missing == nil {
			missing = fmt.Errorf("the file holds no %q, so it is no checkpoint: a model for use cannot be resumed", key)
		}
		delete(rest, key)
		return value
	}
	step, steps := take(stepKey), take(stepsKey)
	c := &Checkpoint{Plan: take(planKey), Experiment: take(experimentKey), Images: take(imagesKey), Tensors: file.Tensors, Metadata: rest}
	if missing != nil {
		return nil, missing
	}
	var err, errs error
	c.Step, err = strconv.ParseUint(step, 10, 64)
	c.Steps, errs = strconv.ParseUint(steps, 10, 64)
	if err != nil || errs != nil || c.Step > c.Steps {
		return nil, fmt.Errorf("step %q of %q steps is not possible", step, steps)
	}
	return c, nil
}

// Tensor returns the tensor of a name.
func (c *Checkpoint) Tensor(name string) (Tensor, bool) {
	return (&File{Tensors: c.Tensors}).Tensor(name)
}

// Load reads the checkpoint at path and verifies its digest.
func Load(path string) (*Checkpoint, error) {
	file, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := FromFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}
