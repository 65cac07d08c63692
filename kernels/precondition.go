//go:build gpu

package kernels

import "tweedie/kernels/driver"

// Precondition computes the factors of a preconditioned denoiser from each sample's noise level, all float32 and each optional:
//
//	skip = d^2 / (s^2 + d^2), out = s d / sqrt(s^2 + d^2), in = 1 / sqrt(s^2 + d^2), noise = ln(s) / 4, weight = (s^2 + d^2) / (s d)^2
//
// for s = max(level, Least) and d = SigmaData. With Variances skip, out and in are (samples, axes), d^2 the axis' variance, and weight is axes / (sum of out^2).
type Precondition struct {
	Levels                       driver.Address
	Skip, Out, In, Noise, Weight driver.Address
	Samples                      int
	SigmaData, Least             float32
	Variances                    driver.Address // Axes of them, or 0
	Axes                         int
}

// Precondition is one launch of a few numbers a sample.
func (k *Kernels) Precondition(s driver.Stream, p Precondition) error {
	if err := positive("precondition", p.Samples); err != nil {
		return err
	}
	return k.launch(s, "precondition", "precondition", k.blocks(parts(p.Samples, threads)), block, 0,
		p.Levels, p.Skip, p.Out, p.In, p.Noise, p.Weight, uint32(p.Samples), p.SigmaData, p.Least, p.Variances, uint32(p.Axes))
}
