//go:build gpu

package kernels

import "tweedie/kernels/driver"

// SURE is an estimate of each sample's mean squared error without its clean image (program.SURE), and its gradients. With v[n, e] = Stein(noisy[n, e]) of the noise
// model conditions[n, 0] at the parameters conditions[n, 1] and conditions[n, 2], NaN if it has none:
//
// with HasTangent, and f = 2/(Samples*Elements):
//
//	losses[n]        = 1/Elements * sum over e of (denoised - noisy)^2 - v + 2 weight other,     weight = v probe
//	gradient         = f (denoised - noisy)
//	otherGradient    = f weight
//
// else, where Other is the answer to the images that were displaced to the other side:
//
//	losses[n]        = 1/Elements * sum over e of ((denoised - noisy)^2 + (other - noisy)^2)/2 - v + weight (denoised - other),
//	                   weight = sign(v) sqrt|v| probe / Share
//	gradient         = f/2 (denoised - noisy + weight)
//	otherGradient    = f/2 (other - noisy - weight)
//
// All float32, each operation rounded once, but the terms, which are summed in double in one order.
type SURE struct {
	Denoised, Noisy, Probe  driver.Address
	Other                   driver.Address // the tangent, or the answers to the other side
	Conditions              driver.Address // three for each sample
	Losses                  driver.Address
	Gradient, OtherGradient driver.Address // may be Denoised and Other
	HasTangent              bool
	Share                   float32
	Samples                 int
	Elements                int            // of a sample
	Workspace               driver.Address // MSEBytes, aligned to 8
}

// SURE is two launches: sums over chunks with the gradients, bound by memory (24 bytes an element), and the sums of those, bound by its launch.
func (k *Kernels) SURE(s driver.Stream, u SURE) error {
	if err := positive("sure", u.Samples, u.Elements); err != nil {
		return err
	}
	chunks := parts(u.Elements, chunk)
	if err := positive("sure", u.Samples*chunks); err != nil {
		return err
	}
	tangent := int32(0)
	if u.HasTangent {
		tangent = 1
	}
	vectors := aligned(16, u.Denoised, u.Noisy, u.Probe, u.Other, u.Gradient, u.OtherGradient, driver.Address(4*u.Elements))
	factor := float32(2 / (float64(u.Samples) * float64(u.Elements)))
	if err := k.launch(s, "sure", "sure_chunks", k.blocks(u.Samples*chunks), block, 0, u.Denoised, u.Noisy, u.Probe, u.Other, u.Conditions, u.Gradient,
		u.OtherGradient, u.Workspace, uint32(u.Samples*chunks), uint32(chunks), uint32(u.Elements), tangent, u.Share, factor, vectors); err != nil {
		return err
	}
	return k.launch(s, "sure", "sure_losses", driver.Dim{X: u.Samples}, block, 0, u.Workspace, u.Losses, uint32(chunks), uint32(u.Elements))
}
