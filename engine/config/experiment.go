// Package config turns TOML into a typed Experiment, and an Experiment back into TOML.
//
// Everything it knows about a key (section, name, default, range, help, field) is one entry of the table in keys.go; parsing, -set, range
// checks, the listing of all keys, the resolved file and the comparison of two experiments follow from that table. Contradictions between
// keys are in check.go.
//
// It opens no file but the experiment itself. Whether folders of images exist, whether a network of that name exists and whether the device
// is present is the business of data, network and device.
package config

import "tweedie/engine/network"

// An Experiment is everything that a training run is told. Load gives one in which every key has its value; zero stands for an absent key in
// Train.Minutes and Train.Steps only, of which exactly one is set.
type Experiment struct {
	Experiment Identity
	Data       Data
	Noise      Noise
	Network    Network
	Train      Train
	Checkpoint Checkpoint
	Device     Device
}

// Identity says which run this is and where it is kept.
type Identity struct {
	Name   string
	Seed   uint64 // at most the largest int64, TOML's largest integer
	Output string // the run folder
}

// Data lists the images: folders, image files, IDX files, or the names of data.Sources. Either Train and Validation are given, clean images to which
// noise is added, or the others, pairs that were recorded noisy and clean, and the lists that are not given are empty.
type Data struct {
	Train           []string
	Validation      []string
	Noisy           []string
	Clean           []string // as many as Noisy; each belongs to the one of Noisy at its place
	ValidationNoisy []string
	ValidationClean []string
}

// Noise is the distribution of a noisy image given the clean one. The model's own parameters are set, the others are zero.
type Noise struct {
	Model       string
	Sigma       Range // standard deviation; white is 255
	Peak        Range // photons at white
	Photons     Range // of a ray that meets no matter
	Attenuation Range // exponent at white
	Looks       Range // intensities that were averaged
	Of          []NoiseShare
	Recorded    bool // the images of Data.Train have this noise already: Train.Loss is SURE
}

// OneOf is the model that is not a distribution of its own: each sample takes one of several, listed in Of.
const OneOf = "one-of"

// Paired is the model of noise that was recorded: Data.Noisy has it. It has no keys.
const Paired = "paired"

// NoiseShare is a model that some of the samples take, in proportion to its weight.
type NoiseShare struct {
	Weight float64
	Noise  Noise // neither OneOf nor Paired
}

// A Range is an interval from which a value is drawn for each sample, uniformly or (scales: all but sigma) uniformly in the logarithm; From equals To
// where the value is fixed.
type Range struct{ From, To float64 }

// Fixed reports whether the range is a single value.
func (r Range) Fixed() bool { return r.From == r.To }

// Network names the architecture; what the name means is the business of package network.
type Network struct {
	Name     string
	NoiseMap bool // sigma is a second input channel
	// SigmaData is the root mean square of the clean signal, of 1, by which the network is preconditioned; 0 if it is not.
	SigmaData float64
	Axes      bool            // preconditioned along the principal axes of the clean images instead
	Layer     []network.Layer // of a network of the user's own
	// Domain is linear, log or anscombe: where the network works; DomainOffset is the offset of the curve, 0 for linear.
	Domain       string
	DomainOffset float64
}

// Train is the optimisation.
type Train struct {
	Minutes      float64 // 0 if Steps is given
	Steps        int     // 0 if Minutes is given
	Batch        int     // samples a step
	Patch        int     // side of a sample in pixels; 0 for whole images
	Upright      bool    // samples are neither turned nor mirrored
	LearningRate float64
	Warmup       float64 // share of the steps
	Average      float64 // decay of the running average of the weights
	Clip         float64 // longest gradient, 0 for any
	Borders      float64 // share of the samples that are extended by repetition
	Start        string  // weights to begin with: a run folder or a file; "" for random ones
	Loss         string  // one of the constants below
	Precision    string
	Validate     int // steps between validations
}

// Checkpoint says how often the state of a run is saved.
type Checkpoint struct {
	Every int // steps between checkpoints
	Keep  int // how many of the newest stay
}

// Device says what computes.
type Device struct {
	Name    string
	Threads int // 0 is one for each core
}
