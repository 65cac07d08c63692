// Package train is the training loop: the program of one step, the schedule, validation, checkpoints, stopping and resuming. What a step
// computes is data (package program); where it runs is a device's business.
package train

import (
	"fmt"
	"slices"

	"tweedie/engine/config"
	"tweedie/engine/network"
	"tweedie/engine/noise"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// Names of a run's tensors: a prefix, and the parameter's name for the first four. They are also the names in checkpoints.
const (
	weightPrefix  = "weight/"
	AveragePrefix = "average/" // of the averaged weights in a checkpoint
	firstPrefix   = "first_moment/"
	secondPrefix  = "second_moment/"
	ringName      = "losses"
	imagesName    = "images"
	noisyName     = "images/noisy"
	indexName     = "images/index"
)

// Adam's constants: the second decay suits short runs (a memory of 100 steps).
const (
	beta1   = 0.9
	beta2   = 0.99
	epsilon = 1e-8
)

// ringLength is how many steps' losses are kept on the device; the loop reads them at least this often.
const ringLength = 100

// Update is everything of a training step that follows the noisy batch: the network, loss, gradients, and the update of weights,
// moments and average.
type Update struct {
	Network *network.Network
	Noisy   program.Tensor // (samples, height, width, 1)
	Levels  program.Tensor // (samples)
	Clean   program.Tensor
	Average float32 // decay of the running average
	Clip    float32 // longest gradient, 0 for any
	Loss    string  // as train.loss names it, config.MSE if empty
}

// Operations returns the update's operations.
func (u Update) Operations() ([]program.Operation, error) {
	forward, denoised := u.Network.Forward(u.Noisy, u.Levels, weightPrefix, program.Weight)
	losses := program.Tensor{Name: "losses/sample", Shape: u.Clean.Shape[:1]}
	gradient := program.Tensor{Name: "gradient/denoised", Shape: denoised.Shape}
	weights := u.Network.Tensors(weightPrefix, program.Weight)
	squared := program.MSE{Denoised: denoised, Clean: u.Clean, Losses: losses, Gradient: gradient}
	operations := slices.Clone(forward)
	switch sigma := u.Network.SigmaData; {
	case u.Loss == config.L1:
		operations = append(operations, program.L1(squared))
	case sigma > 0: // what is minimised is the weighted error, what is recorded the error itself
		weight := program.Tensor{Name: "losses/weight", Shape: losses.Shape}
		weighted := program.Tensor{Name: "gradient/weighted", Shape: gradient.Shape}
		operations = append(operations, squared,
			program.Precondition{Levels: u.Levels, Weight: weight, SigmaData: float32(sigma)},
			program.ScaleSamples{Inputs: []program.Tensor{gradient}, Factors: []program.Tensor{weight}, Output: weighted})
		gradient = weighted
	default:
		operations = append(operations, squared)
	}
	backward, gradients, err := program.Gradient(forward, map[string]program.Tensor{denoised.Name: gradient}, weights)
	if err != nil {
		return nil, err
	}
	operations = append(operations, backward...)

	norm := program.Tensor{Name: "gradient/norm", Shape: []int{1}}
	measured := program.GradientNorm{Norm: norm}
	for _, weight := range weights {
		if _, found := gradients[weight.Name]; !found {
			return nil, fmt.Errorf("the loss does not depend on %v", weight)
		}
		measured.Gradients = append(measured.Gradients, gradients[weight.Name])
	}
	operations = append(operations, measured)
	averages := u.Network.Tensors(AveragePrefix, program.Averaged)
	firsts, seconds := u.Network.Tensors(firstPrefix, program.FirstMoment), u.Network.Tensors(secondPrefix, program.SecondMoment)
	for i, weight := range weights {
		operations = append(operations,
			program.Adam{
				Weight: weight, Gradient: gradients[weight.Name], FirstMoment: firsts[i], SecondMoment: seconds[i], Norm: norm,
				Beta1: beta1, Beta2: beta2, Epsilon: epsilon, Clip: u.Clip,
			},
			program.Average{Average: averages[i], Weight: weight, Decay: u.Average})
	}
	return append(operations, program.Record{Losses: losses, Norm: norm, Ring: ring()}), nil
}

// Stored lists the tensors of a run that are kept between steps, and thus in checkpoints.
func (u Update) Stored() []program.Tensor {
	stored := u.Network.Tensors(weightPrefix, program.Weight)
	stored = append(stored, u.Network.Tensors(AveragePrefix, program.Averaged)...)
	stored = append(stored, u.Network.Tensors(firstPrefix, program.FirstMoment)...)
	stored = append(stored, u.Network.Tensors(secondPrefix, program.SecondMoment)...)
	return append(stored, ring())
}

func ring() program.Tensor {
	return program.Tensor{Name: ringName, Shape: []int{ringLength, 2}, Role: program.Recorded}
}

// Step is the whole training step: a batch of patches is cut and made noisy on the device, or cut out of pairs, then the Update runs.
type Step struct {
	Update
	images  Images
	noise   config.Noise
	borders float32 // share of the samples that are extended by repetition
	whole   bool    // samples are whole images
	upright bool    // they are neither turned nor mirrored
	seed    uint64
}

// NewStep is the training step of an experiment over an image set.
func NewStep(experiment *config.Experiment, n *network.Network, images Images) Step {
	height, width := experiment.Train.Patch, experiment.Train.Patch
	if height == 0 {
		_, height, width = images.size(0)
	}
	shape := []int{experiment.Train.Batch, height, width, 1}
	return Step{
		Update: Update{
			Network: n, Average: float32(experiment.Train.Average), Clip: float32(experiment.Train.Clip), Loss: experiment.Train.Loss,
			Clean:  program.Tensor{Name: "clean", Shape: shape},
			Noisy:  program.Tensor{Name: "noisy", Shape: shape},
			Levels: program.Tensor{Name: "levels", Shape: shape[:1]},
		},
		images: images, noise: experiment.Noise, whole: experiment.Train.Patch == 0, upright: experiment.Train.Upright,
		borders: float32(experiment.Train.Borders), seed: experiment.Experiment.Seed,
	}
}

// Program returns the step's program, and the tensors that it needs in a State.
func (s Step) Program() (*program.Program, []program.Tensor, error) {
	samples, recorded, index, err := s.images.tensors()
	if err != nil {
		return nil, nil, err
	}
	p := &program.Program{Name: "training step"}
	patches, noisy := s.Clean, s.Noisy
	if s.whole {
		if err := s.images.whole(s.Network, s.upright); err != nil {
			return nil, nil, err
		}
	}
	extended := s.borders > 0 && s.Network.Padding > 1 && !s.whole
	if extended {
		patches = program.Tensor{Name: "clean/patch", Shape: s.Clean.Shape}
		noisy = program.Tensor{Name: "noisy/patch", Shape: s.Noisy.Shape}
	}
	p.Append(program.Patches{Samples: samples, Index: index, Output: patches, Upright: s.upright, Seed: s.seed})
	stored := append(s.Stored(), samples, index)
	if recorded.Present() {
		p.Append(program.Patches{Samples: recorded, Index: index, Output: noisy, Upright: s.upright, Seed: s.seed}) // cut as the clean ones
		stored = append(stored, recorded)
	} else {
		p.Append(s.noisy(patches, noisy)...)
	}
	if extended {
		most := min(s.Network.Padding, patches.Shape[1]) - 1
		p.Append(
			program.Extend{Input: patches, Output: s.Clean, Most: most, Share: s.borders, Seed: s.seed},
			program.Extend{Input: noisy, Output: s.Noisy, Most: most, Share: s.borders, Seed: s.seed},
		)
	}
	operations, err := s.Operations()
	if err != nil {
		return nil, nil, err
	}
	p.Append(operations...)
	return p, stored, p.Check()
}

// noisy returns the operations that make clean patches noisy and say at which levels.
func (s Step) noisy(clean, noisy program.Tensor) []program.Operation {
	components := s.noise.Components()
	if isGaussian(components) {
		sigma := components[0].Ranges[0]
		return []program.Operation{
			program.AddNoise{Clean: clean, Noisy: noisy, Levels: s.Levels, From: sigma.From, To: sigma.To, Seed: s.seed, Stream: random.Noise},
		}
	}
	conditions := program.Tensor{Name: "conditions", Shape: []int{clean.Shape[0], 3}}
	return []program.Operation{
		program.DrawConditions{Conditions: conditions, Levels: s.Levels, Components: components, Seed: s.seed},
		program.Observe{Clean: clean, Noisy: noisy, Conditions: conditions, Seed: s.seed, Stream: random.Noise},
	}
}

// isGaussian says that all samples take the model that has an operation of its own, AddNoise.
func isGaussian(components []noise.Component) bool {
	return len(components) == 1 && noise.Models()[components[0].Model].Name == "gaussian"
}

// Contents are the values of those tensors before the first step, by name: images, new weights, their average equal to them, zeros.
func (s Step) Contents() map[string]any {
	contents := s.images.contents()
	contents[ringName] = make([]float32, 2*ringLength)
	for i, parameter := range s.Network.Parameters {
		values := s.Network.Initial(s.seed, i)
		contents[weightPrefix+parameter.Name], contents[AveragePrefix+parameter.Name] = values, values
		zeros := make([]float32, len(values))
		contents[firstPrefix+parameter.Name], contents[secondPrefix+parameter.Name] = zeros, zeros
	}
	return contents
}
