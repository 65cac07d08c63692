package program

import (
	"fmt"
	"slices"
)

// MSE is the mean squared error of each sample, and the gradient of its mean over the samples:
//
//	losses[n]      = 1/E * sum over the E elements e of a sample of (denoised[n, e] - clean[n, e])^2
//	gradient[n, e] = 2/(N*E) * (denoised[n, e] - clean[n, e])
//
// Gradient is optional; it has the shape of Denoised. A network that minimises it approximates the posterior mean.
type MSE struct {
	Denoised, Clean Tensor
	Losses          Tensor // (samples)
	Gradient        Tensor
}

// Reads lists the two images.
func (op MSE) Reads() []Tensor { return []Tensor{op.Denoised, op.Clean} }

// Writes lists the losses and the gradient.
func (op MSE) Writes() []Tensor { return present(op.Losses, op.Gradient) }

// Check reports shapes that do not fit.
func (op MSE) Check() error {
	if err := checkLoss(op.Denoised, op.Losses, op.Clean, op.Gradient); err != nil {
		return fmt.Errorf("mse: %w", err)
	}
	return nil
}

// checkLoss checks that images are of the shape of denoised, and losses one for each of its samples.
func checkLoss(denoised, losses Tensor, images ...Tensor) error {
	if err := activation(denoised); err != nil {
		return err
	}
	if err := sameShape(denoised, images...); err != nil {
		return err
	}
	if err := single(append([]Tensor{denoised, losses}, images...)...); err != nil {
		return err
	}
	if !slices.Equal(losses.Shape, denoised.Shape[:1]) {
		return fmt.Errorf("%v is not one loss for each sample of %v", losses, denoised)
	}
	return nil
}
