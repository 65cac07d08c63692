package train

import (
	"maps"
	"slices"

	"tweedie/engine/config"
	"tweedie/engine/program"
)

// displacementShare is by how much of their noise's deviation images are displaced where SURE takes differences: they are 3 % noisier then.
const displacementShare = 0.25

// gradients returns the operations from the noisy images to the losses of the samples and to the gradients of their mean by the weights, and where these are.
func (u Update) gradients(losses program.Tensor, weights []program.Tensor) ([]program.Operation, map[string]program.Tensor, error) {
	if u.Loss == config.SURE {
		return u.riskGradients(losses, weights)
	}
	forward, denoised := u.Network.Forward(u.Noisy, u.Levels, weightPrefix, program.Weight)
	squared := program.MSE{Denoised: denoised, Clean: u.Clean, Losses: losses, Gradient: gradientOf(denoised)}
	seeds := map[string]program.Tensor{denoised.Name: squared.Gradient}
	if u.Loss == config.L1 {
		return differentiated(forward, []program.Operation{program.L1(squared)}, seeds, weights)
	}
	return differentiated(forward, u.weighted(squared, u.Levels, seeds), seeds, weights)
}

// weighted appends to a loss of squared errors, for a network that is preconditioned, what weights the gradients of its samples as Precondition says, and moves the
// seeds to these: the weighted error is minimised, and the error itself recorded.
func (u Update) weighted(loss program.Operation, levels program.Tensor, seeds map[string]program.Tensor) []program.Operation {
	operations := []program.Operation{loss}
	weight := program.Tensor{Name: "losses/weight", Shape: levels.Shape}
	precondition, found := u.Network.Precondition(weightPrefix, program.Weight)
	if !found {
		return operations
	}
	precondition.Levels, precondition.Weight = levels, weight
	operations = append(operations, precondition)
	for _, name := range slices.Sorted(maps.Keys(seeds)) {
		gradient := seeds[name]
		weighted := program.Tensor{Name: gradient.Name + "/weighted", Shape: gradient.Shape}
		operations = append(operations, program.ScaleSamples{Inputs: []program.Tensor{gradient}, Factors: []program.Tensor{weight}, Output: weighted})
		seeds[name] = weighted
	}
	return operations
}

// riskGradients are those of SURE, by the way that suits the network.
func (u Update) riskGradients(losses program.Tensor, weights []program.Tensor) ([]program.Operation, map[string]program.Tensor, error) {
	if forward, _ := u.Network.Forward(u.Noisy, u.Levels, weightPrefix, program.Weight); program.Rectified(forward) {
		return u.riskByDifferences(losses, weights)
	}
	return u.riskByTangent(losses, weights)
}

// riskByDifferences denoises the images twice, displaced to both sides, as one batch. Probe holds normal values.
func (u Update) riskByDifferences(losses program.Tensor, weights []program.Tensor) ([]program.Operation, map[string]program.Tensor, error) {
	twice := func(name string, t program.Tensor) program.Tensor {
		return program.Tensor{Name: name, Shape: append([]int{2 * t.Shape[0]}, t.Shape[1:]...)}
	}
	displace := program.Displace{
		Noisy: u.Noisy, Probe: u.Probe, Conditions: u.Conditions, Levels: u.Levels, Share: displacementShare,
		Displaced: twice("displaced", u.Noisy), Raised: twice("levels/raised", u.Levels),
	}
	forward, denoised := u.Network.Forward(displace.Displaced, displace.Raised, weightPrefix, program.Weight)
	risk := program.SURE{
		Denoised: denoised, Noisy: u.Noisy, Probe: u.Probe, Conditions: u.Conditions, Share: displacementShare, Losses: losses, Gradient: gradientOf(denoised),
	}
	seeds := map[string]program.Tensor{denoised.Name: risk.Gradient}
	operations, gradients, err := differentiated(forward, u.weighted(risk, displace.Raised, seeds), seeds, weights)
	return append([]program.Operation{displace}, operations...), gradients, err
}

// riskByTangent takes the exact slope along Probe, which holds signs.
func (u Update) riskByTangent(losses program.Tensor, weights []program.Tensor) ([]program.Operation, map[string]program.Tensor, error) {
	forward, denoised := u.Network.Forward(u.Noisy, u.Levels, weightPrefix, program.Weight)
	moving, tangents, err := program.Tangent(forward, map[string]program.Tensor{u.Noisy.Name: u.Probe})
	if err != nil {
		return nil, nil, err
	}
	tangent := tangents[denoised.Name]
	risk := program.SURE{
		Denoised: denoised, Noisy: u.Noisy, Probe: u.Probe, Conditions: u.Conditions, Losses: losses, Gradient: gradientOf(denoised),
		Tangent: tangent, TangentGradient: gradientOf(tangent),
	}
	seeds := map[string]program.Tensor{denoised.Name: risk.Gradient, tangent.Name: risk.TangentGradient}
	return differentiated(append(forward, moving...), u.weighted(risk, u.Levels, seeds), seeds, weights)
}

// differentiated appends to the forward operations the loss and what leads from its gradients, the seeds, to those by the weights.
func differentiated(forward, loss []program.Operation, seeds map[string]program.Tensor, weights []program.Tensor) (
	[]program.Operation, map[string]program.Tensor, error) {
	backward, gradients, err := program.Gradient(forward, seeds, weights)
	return append(append(forward, loss...), backward...), gradients, err
}

// gradientOf is the gradient of the loss by an answer.
func gradientOf(t program.Tensor) program.Tensor {
	return program.Tensor{Name: "gradient/" + t.Name, Shape: t.Shape}
}
