package oracle

import (
	"slices"

	"tweedie/engine/program"
)

// loss is what a training step minimises: the mean over the samples of the losses, each times its weight if there are weights.
type loss struct {
	losses    program.Tensor
	gradients []program.Tensor // of the mean of the losses, by what they are losses of; none if nothing is differentiated
	weight    program.Tensor   // zero, or one number a sample
	before    map[string]bool  // what the operations before the losses read
}

// notice remembers what an operation has to do with the loss. Operations come in their order.
func (l *loss) notice(operation program.Operation) {
	var gradients []program.Tensor
	switch op := operation.(type) {
	case program.MSE:
		l.losses, gradients = op.Losses, []program.Tensor{op.Gradient}
	case program.L1:
		l.losses, gradients = op.Losses, []program.Tensor{op.Gradient}
	case program.SURE:
		l.losses, gradients = op.Losses, []program.Tensor{op.Gradient, op.TangentGradient}
	}
	for _, gradient := range gradients {
		if gradient.Present() {
			l.gradients = append(l.gradients, gradient)
		}
	}
	if l.before == nil {
		l.before = map[string]bool{}
	}
	for _, read := range operation.Reads() {
		l.before[read.Name] = l.before[read.Name] || !l.losses.Present()
	}
	if op, is := operation.(program.ScaleSamples); is && l.weighs(op) {
		l.weight = op.Factors[0]
	}
}

// weighs says whether an operation multiplies the loss's gradient by a number for each sample, and so weighs the losses. What a network multiplies samples by stands in the
// backward operations, too, but before the loss as well.
func (l *loss) weighs(operation program.Operation) bool {
	op, is := operation.(program.ScaleSamples)
	return is && len(op.Inputs) == 1 && !l.before[op.Factors[0].Name] &&
		slices.ContainsFunc(l.gradients, func(gradient program.Tensor) bool { return gradient.Name == op.Inputs[0].Name })
}
