package train

import (
	"errors"
	"time"

	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/report"
)

// Start says what to do about a run that may be in the folder already.
type Start int

// The ways to start.
const (
	New    Start = iota // refuse a folder that holds a run
	Resume              // go on from the newest whole checkpoint, or begin
	Fresh               // move the run that is there aside, and begin
)

// Options is all that a run needs.
type Options struct {
	Experiment           *config.Experiment
	Start                Start
	Device               device.Device
	Training, Validation Images
	// NoisyTarget is for negative controls: the network learns to answer its noisy input, so that it becomes the identity and no posterior mean.
	NoisyTarget bool
	// Weights are the values that a new run's parameters begin with, by name; nil to draw them.
	Weights       map[string][]float32
	Deterministic bool // a new run takes the device's default algorithms, and times none
	Progress      report.Progress
	Clock         func() time.Time
}

// Outcome is what a finished run leaves.
type Outcome struct {
	Folder         string
	Model          string // the averaged weights
	Steps          uint64
	ValidationPSNR float64 // of the averaged weights, in dB; NaN if this call trained nothing
	Finished       bool    // the run was finished before this call
}

// Errors of a run, told apart by errors.Is.
var (
	// ErrInterrupted: the run was asked to stop, its state is in a checkpoint.
	ErrInterrupted = errors.New("interrupted")
	// ErrNumeric: losses or gradients are not finite.
	ErrNumeric = errors.New("the training diverged")
	// ErrFolder: the run's folder holds a run already, or another experiment's.
	ErrFolder = errors.New("run folder")
)
