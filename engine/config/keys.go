package config

import (
	"math"
	"slices"
	"strings"

	"tweedie/engine/data"
	"tweedie/engine/noise"
)

// A key is all that the package knows about one key of an experiment. A new key is a field of Experiment and an entry of keys.
type key struct {
	section, name string
	field         field
	help          string            // one line
	absent        string            // for the listing: what holds where the key is absent, if it has no default of its own
	example       string            // shown where there is no default, as TOML
	instead       string            // the key of this section that -set removes when it sets this one
	settle        func(*Experiment) // what else -set changes when it sets this one
	// placed, if it is there, sets a key whose tables stand at places of their own, which messages name.
	placed  func(e *Experiment, tables []map[string]any, places []string) (place, problem string)
	needed  bool // the listing gives the example as if it were a default, because an experiment without it is not complete
	neutral bool // the value does not change results, so that a run may be resumed with another
}

// A field is a kind of value and its place in an Experiment.
type field struct {
	want    string
	initial string // the default as TOML, or ""
	words   bool
	pointer func(*Experiment) any
	reset   func(*Experiment)                       // to the default, or to zero
	set     func(*Experiment, any) (problem string) // from what package toml decodes
	check   func(*Experiment) (problem string)
	text    func(*Experiment) string // TOML, or "" if absent
}

// required is a field without a default, which is resolved from elsewhere if absent.
func required[T any](k kind[T], pointer func(*Experiment) *T) field {
	return field{
		want:    k.want,
		words:   k.words,
		pointer: func(e *Experiment) any { return pointer(e) },
		reset:   func(e *Experiment) { *pointer(e) = *new(T) },
		set: func(e *Experiment, value any) string {
			converted, problem := k.convert(value)
			if problem == "" {
				*pointer(e) = converted
			}
			return problem
		},
		check: func(e *Experiment) string { return k.check(*pointer(e)) },
		text:  func(e *Experiment) string { return k.text(*pointer(e)) },
	}
}

// defaulted is a field with a default.
func defaulted[T any](k kind[T], initial T, pointer func(*Experiment) *T) field {
	f := required(k, pointer)
	f.initial = k.text(initial)
	f.reset = func(e *Experiment) { *pointer(e) = initial }
	return f
}

// optional is a field whose zero means that the key is absent.
func optional[T comparable](k kind[T], pointer func(*Experiment) *T) field {
	var zero T
	f := required(k, pointer)
	f.check = func(e *Experiment) string {
		if *pointer(e) == zero {
			return ""
		}
		return k.check(*pointer(e))
	}
	f.text = func(e *Experiment) string {
		if *pointer(e) == zero {
			return ""
		}
		return k.text(*pointer(e))
	}
	return f
}

const mostSteps = 1_000_000_000

// keys is the table, in the order in which sections and keys are written.
func keys() []key {
	images := list("a folder, an image, an IDX file, or a list of them; " + data.Names() + " stands for synthetic images")
	return []key{
		{
			section: "experiment", name: "name",
			field:   required(fileName(), func(e *Experiment) *string { return &e.Experiment.Name }),
			help:    "name of the run",
			absent:  "default: the name of the file",
			example: `"sigma25"`,
			neutral: true,
		}, {
			section: "experiment", name: "seed",
			field: defaulted(integer[uint64](0, math.MaxInt64), 1, func(e *Experiment) *uint64 { return &e.Experiment.Seed }),
			help:  "every random number of the run follows from it",
		}, {
			section: "experiment", name: "output",
			field:   required(oneLine("a folder"), func(e *Experiment) *string { return &e.Experiment.Output }),
			help:    "the run folder: metrics, checkpoints, samples and the model",
			absent:  "default: runs/ and the name",
			example: `"runs/sigma25"`,
			neutral: true,
		}, {
			section: "data", name: "train",
			field:   unlessPaired(images, func(e *Experiment) *[]string { return &e.Data.Train }),
			help:    "clean images to learn from; synthetic ones are " + syntheticImages(),
			settle:  func(e *Experiment) { e.unpair() },
			neutral: true,
		}, {
			section: "data", name: "validation",
			field:   unlessPaired(images, func(e *Experiment) *[]string { return &e.Data.Validation }),
			help:    "clean images to measure on during training, none of them in train",
			settle:  func(e *Experiment) { e.unpair() },
			neutral: true,
		},
		pairsKey("noisy", "images with the noise that they were recorded with, in place of train; the clean ones in clean have the same names",
			func(d *Data) *[]string { return &d.Noisy }),
		pairsKey("clean", "the clean images of noisy; they are cut, turned and mirrored alike", func(d *Data) *[]string { return &d.Clean }),
		pairsKey("validation_noisy", "pairs to measure on during training, none of them in noisy", func(d *Data) *[]string { return &d.ValidationNoisy }),
		pairsKey("validation_clean", "the clean images of validation_noisy", func(d *Data) *[]string { return &d.ValidationClean }),
		{
			section: "noise", name: "model",
			field:  defaulted(choice(append(noise.Names(), OneOf, Paired)...), "gaussian", func(e *Experiment) *string { return &e.Noise.Model }),
			help:   "distribution of the noisy image y given the clean one x: " + summaries() + ", one-of takes one of those in noise.of for each sample, paired is the noise of the images in data.noisy",
			settle: func(e *Experiment) { e.Noise.keepOwn() },
		},
		noiseKey("sigma", func(n *Noise) *Range { return &n.Sigma }),
		noiseKey("peak", func(n *Noise) *Range { return &n.Peak }),
		noiseKey("photons", func(n *Noise) *Range { return &n.Photons }),
		noiseKey("attenuation", func(n *Noise) *Range { return &n.Attenuation }),
		noiseKey("looks", func(n *Noise) *Range { return &n.Looks }),
		sharesKey(),
		{
			section: "noise", name: "recorded",
			field:  optional(truth(), func(e *Experiment) *bool { return &e.Noise.Recorded }),
			help:   "the images in data.train have this noise already, so that none is added: training without clean images, by train.loss = \"sure\"",
			absent: "default: false", example: "true",
		},
		{
			section: "network", name: "name",
			field: defaulted(oneLine("the name of a network"), "unet32x64x128b1", func(e *Experiment) *string { return &e.Network.Name }),
			help: "dncnn17x64: 17 layers of 64 channels; unet32x64x128b1: three levels with 1 residual block each; resnet64b8; autoencoder32x64m8; " +
				"autoencoder28x28-32x64v16; mlp28x28-512x512; layers: see docs/networks.md",
		}, {
			section: "network", name: "noise_map",
			field: defaulted(truth(), false, func(e *Experiment) *bool { return &e.Network.NoiseMap }),
			help:  "give the network the noise level as a second input channel: the standard deviation at white, of 1",
		}, {
			section: "network", name: "sigma_data",
			field: optional(number(0.001, 1000), func(e *Experiment) *float64 { return &e.Network.SigmaData }),
			help: "root mean square of the clean images, of 1; if given, the network is preconditioned by it and the noise level, and all levels count alike " +
				"(Karras et al. 2022)",
			absent:  "default: no preconditioning",
			example: "0.5",
		}, {
			section: "network", name: "axes",
			field: optional(truth(), func(e *Experiment) *bool { return &e.Network.Axes }),
			help: "precondition along the principal axes of the training images, by the variance along each, in place of sigma_data: the network begins as the best linear " +
				"denoiser (Wiener's filter); of networks for one size, such as mlp8x8-256x256, and train.patch = 0",
			absent:  "default: false",
			example: "true",
		}, {
			section: "network", name: "domain",
			field:  defaulted(choice(linear, logarithm, anscombe), linear, func(e *Experiment) *string { return &e.Network.Domain }),
			help:   "where the network works: on the image, on its log (noise in proportion to it), or after Anscombe's transform (counts); the loss stays that of the image",
			settle: func(e *Experiment) { e.Network.DomainOffset = 0 },
		}, {
			section: "network", name: "domain_offset",
			field:   optional(number(1e-6, 1e6), func(e *Experiment) *float64 { return &e.Network.DomainOffset }),
			help:    "c of ln(1 + y/c) or sqrt(y + c), of 1: below it, noise is taken as equally strong",
			absent:  "of log, anscombe; default: 1/255 for log, and for anscombe 3/(8 peak) + sigma^2 peak",
			example: "0.0125",
		},
		layersKey(),
		{
			section: "train", name: "minutes",
			field:   optional(number(0.01, 1e5), func(e *Experiment) *float64 { return &e.Train.Minutes }),
			help:    "how long to train; turned into steps once, at the start",
			absent:  "no default: give minutes or steps",
			example: "10",
			instead: "steps",
			needed:  true,
		}, {
			section: "train", name: "steps",
			field:   optional(integer(1, mostSteps), func(e *Experiment) *int { return &e.Train.Steps }),
			help:    "how long to train, in updates of the weights",
			absent:  "no default: give minutes or steps",
			example: "5600",
			instead: "minutes",
		}, {
			section: "train", name: "batch",
			field: defaulted(integer(1, 4096), 8, func(e *Experiment) *int { return &e.Train.Batch }),
			help:  "samples in a step",
		}, {
			section: "train", name: "patch",
			field: defaulted(integer(0, 1024), 64, func(e *Experiment) *int { return &e.Train.Patch }),
			help:  "side of a sample, in pixels; 0 takes whole images, all of one size",
		}, {
			section: "train", name: "upright",
			field: defaulted(truth(), false, func(e *Experiment) *bool { return &e.Train.Upright }),
			help:  "take samples as the images are; else each is turned and mirrored at random, which suits images that have no upright",
		}, {
			section: "train", name: "learning_rate",
			field: defaulted(number(1e-9, 1), 3e-3, func(e *Experiment) *float64 { return &e.Train.LearningRate }),
			help:  "highest step size of Adam",
		}, {
			section: "train", name: "warmup",
			field: defaulted(number(0, 0.9), 0.02, func(e *Experiment) *float64 { return &e.Train.Warmup }),
			help:  "share of the steps in which the learning rate rises to its highest",
		}, {
			section: "train", name: "average",
			field: defaulted(number(0, 0.999999), 0.99, func(e *Experiment) *float64 { return &e.Train.Average }),
			help:  "decay of the running average of the weights, which becomes the model (EMA); 0 is the weights themselves",
		}, {
			section: "train", name: "clip",
			field: defaulted(number(0, 1e6), 0.1, func(e *Experiment) *float64 { return &e.Train.Clip }),
			help:  "a longer gradient (of all weights together) is shortened to this length; 0 leaves all as they are",
		}, {
			section: "train", name: "borders",
			field: defaulted(number(0, 1), 0.1, func(e *Experiment) *float64 { return &e.Train.Borders }),
			help:  "share of the samples whose last rows and columns are repeated, as images are extended for U-Nets",
		}, {
			section: "train", name: "start",
			field:   optional(oneLine("a run folder or a file of weights"), func(e *Experiment) *string { return &e.Train.Start }),
			help:    "a model of the same network whose weights the run begins with, to train it longer or on other images; a resumed run has no need of it",
			absent:  "absent: random weights",
			example: `"runs/sigma25"`,
			neutral: true,
		}, {
			section: "train", name: "loss",
			field: defaulted(choice(MSE, L1, Noise2Noise, SURE), MSE, func(e *Experiment) *string { return &e.Train.Loss }),
			help: "what is minimised: mse, whose answer is the posterior mean; noise2noise and sure, which approximate it without clean images (pairs of noisy ones; " +
				"Stein's unbiased risk); l1, whose answer is the posterior median and no step of a score",
		}, {
			section: "train", name: "precision",
			field: defaulted(choice("f32", "bf16"), "f32", func(e *Experiment) *string { return &e.Train.Precision }),
			help:  "number format of the operands of convolutions: f32, or bf16 (eight significant bits, summed in float32)",
		}, {
			section: "train", name: "validate",
			field: defaulted(integer(1, mostSteps), 500, func(e *Experiment) *int { return &e.Train.Validate }),
			help:  "steps between two measurements on the validation images",
		}, {
			section: "checkpoint", name: "every",
			field:   defaulted(integer(1, mostSteps), 500, func(e *Experiment) *int { return &e.Checkpoint.Every }),
			help:    "steps between two checkpoints",
			neutral: true,
		}, {
			section: "checkpoint", name: "keep",
			field:   defaulted(integer(1, 1000000), 3, func(e *Experiment) *int { return &e.Checkpoint.Keep }),
			help:    "how many checkpoints stay; older ones are removed",
			neutral: true,
		}, {
			section: "device", name: "name",
			field:   defaulted(deviceName(), "auto", func(e *Experiment) *string { return &e.Device.Name }),
			help:    "what computes: auto is the fastest there is, cuda:1 the second GPU, reference is exact and very slow, gorgonia too",
			neutral: true, // the Plan in a checkpoint is what ties a run to its device
		}, {
			section: "device", name: "threads",
			field:   defaulted(integer(0, 1024), 0, func(e *Experiment) *int { return &e.Device.Threads }),
			help:    "threads of the cpu device, which never change results; 0 is one for each core",
			neutral: true,
		},
	}
}

func (k key) path() string { return k.section + "." + k.name }

// find gives the entry of a key.
func find(section, name string) (key, bool) {
	for _, k := range keys() {
		if k.section == section && k.name == name {
			return k, true
		}
	}
	return key{}, false
}

// sections lists the names of the sections in order.
func sections() []string {
	var names []string
	for _, k := range keys() {
		names = append(names, k.section)
	}
	return slices.Compact(names)
}

// names lists the keys of a section, or, given "", those of all sections as section.key.
func names(section string) []string {
	var found []string
	for _, k := range keys() {
		switch section {
		case k.section:
			found = append(found, k.name)
		case "":
			found = append(found, k.path())
		}
	}
	return found
}

// syntheticImages lists the sources with what their images are.
func syntheticImages() string {
	var texts []string
	for _, source := range data.Sources() {
		texts = append(texts, source.Name+" ("+source.Summary+")")
	}
	return strings.Join(texts, ", ")
}
