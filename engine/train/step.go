// Package train is the training loop: the program of one step, the schedule, validation, checkpoints, stopping and resuming. What a step
// computes is data (package program); where it runs is a device's business.
package train

import (
	"fmt"

	"tweedie/engine/network"
	"tweedie/engine/program"
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
	Clean   program.Tensor // what the network is to answer: the clean images, or noisy ones of theirs; not read by config.SURE
	// Conditions, (samples, 3), and Probe are read by config.SURE only: the noise models, and signs or normal values of the noisy images' shape.
	Conditions, Probe program.Tensor
	Average           float32 // decay of the running average
	Clip              float32 // longest gradient, 0 for any
	Loss              string  // as train.loss names it, config.MSE if empty
}

// Operations returns the update's operations.
func (u Update) Operations() ([]program.Operation, error) {
	losses := program.Tensor{Name: "losses/sample", Shape: u.Noisy.Shape[:1]}
	weights := u.Network.Trained(weightPrefix, program.Weight)
	operations, gradients, err := u.gradients(losses, weights)
	if err != nil {
		return nil, err
	}

	norm := program.Tensor{Name: "gradient/norm", Shape: []int{1}}
	measured := program.GradientNorm{Norm: norm}
	for _, weight := range weights {
		if _, found := gradients[weight.Name]; !found {
			return nil, fmt.Errorf("the loss does not depend on %v", weight)
		}
		measured.Gradients = append(measured.Gradients, gradients[weight.Name])
	}
	operations = append(operations, measured)
	averages := u.Network.Trained(AveragePrefix, program.Averaged)
	firsts, seconds := u.Network.Trained(firstPrefix, program.FirstMoment), u.Network.Trained(secondPrefix, program.SecondMoment)
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
	stored = append(stored, u.Network.Trained(firstPrefix, program.FirstMoment)...)
	stored = append(stored, u.Network.Trained(secondPrefix, program.SecondMoment)...)
	return append(stored, ring())
}

func ring() program.Tensor {
	return program.Tensor{Name: ringName, Shape: []int{ringLength, 2}, Role: program.Recorded}
}
