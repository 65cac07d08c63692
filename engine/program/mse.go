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
	if err := activation(op.Denoised); err != nil {
		return fmt.Errorf("mse: %w", err)
	}
	if err := sameShape(op.Denoised, op.Clean, op.Gradient); err != nil {
		return fmt.Errorf("mse: %w", err)
	}
	if err := single(op.Denoised, op.Clean, op.Losses, op.Gradient); err != nil {
		return fmt.Errorf("mse: %w", err)
	}
	if !slices.Equal(op.Losses.Shape, op.Denoised.Shape[:1]) {
		return fmt.Errorf("mse: %v is not one loss for each sample of %v", op.Losses, op.Denoised)
	}
	return nil
}
