package oracle

import "tweedie/engine/program"

// loss is what a training step minimises: the mean over the samples of the losses, each times its weight if there are weights.
type loss struct {
	losses   program.Tensor
	gradient program.Tensor // of the mean of the losses, zero if there is none
	weight   program.Tensor // zero, or one number a sample
}

// notice remembers an operation that is a loss.
func (l *loss) notice(operation program.Operation) {
	switch op := operation.(type) {
	case program.MSE:
		l.losses, l.gradient = op.Losses, op.Gradient
	case program.L1:
		l.losses, l.gradient = op.Losses, op.Gradient
	}
}

// weighs says whether an operation multiplies the loss's gradient by a number for each sample, which thus are the weights of the losses; it remembers them.
func (l *loss) weighs(operation program.Operation) bool {
	op, is := operation.(program.ScaleSamples)
	if !is || len(op.Inputs) != 1 || !l.gradient.Present() || op.Inputs[0].Name != l.gradient.Name {
		return false
	}
	l.weight = op.Factors[0]
	return true
}
