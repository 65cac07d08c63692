package program

import (
	"fmt"
	"math"
)

// L1 is the mean absolute error of each sample, and the gradient of its mean over the samples:
//
//	losses[n]      = 1/E * sum over the E elements e of a sample of |denoised[n, e] - clean[n, e]|
//	gradient[n, e] = 1/(N*E) * sign(denoised[n, e] - clean[n, e]), 0 where they are equal, NaN where either is
//
// Gradient is optional; it has the shape of Denoised. A network that minimises it approximates each pixel's posterior median, not its mean, so that
// its residual is no score.
type L1 struct {
	Denoised, Clean Tensor
	Losses          Tensor // (samples)
	Gradient        Tensor
}

// Reads lists the two images.
func (op L1) Reads() []Tensor { return []Tensor{op.Denoised, op.Clean} }

// Writes lists the losses and the gradient.
func (op L1) Writes() []Tensor { return present(op.Losses, op.Gradient) }

// Check reports shapes that do not fit.
func (op L1) Check() error {
	if err := checkLoss(op.Denoised, op.Losses, op.Clean, op.Gradient); err != nil {
		return fmt.Errorf("l1: %w", err)
	}
	return nil
}

func l1Cases() []Case {
	var cases []Case
	for i, shape := range lossShapes() {
		op := L1{Denoised: input("denoised", shape...), Clean: input("clean", shape...), Losses: output("losses", shape[0])}
		if i != 2 {
			op.Gradient = output("gradient", shape...)
		}
		// Every term is positive, so that the bound is relative; a difference is rounded once.
		c := Case{Name: fmt.Sprint(shape), Operation: op, Roundings: float64(shape[1]*shape[2]*shape[3]) + 4}
		cases = append(cases, c)
		if i == 1 { // equal elements, and the smallest differences
			denoised, clean := make([]float32, op.Denoised.Elements()), make([]float32, op.Denoised.Elements())
			for k := range denoised {
				denoised[k], clean[k] = float32(k)/8, float32(k)/8
				switch k % 4 {
				case 1:
					denoised[k] = math.Nextafter32(clean[k], 0)
				case 2:
					denoised[k], clean[k] = 0x1p-149, 0
				}
			}
			c.Name, c.Contents = "equal", map[string]any{"denoised": denoised, "clean": clean}
			cases = append(cases, c)
		}
	}
	return cases
}
