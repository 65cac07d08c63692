//go:build gpu

package kernels

import "tweedie/kernels/driver"

// Displace moves noisy images by a share of their noise, to both sides (program.Displace):
//
//	displaced[n, e]         = noisy[n, e] + Share sqrt|v[n, e]| probe[n, e]     raised[n]         = levels[n] * sqrt(1 + Share^2)
//	displaced[Samples+n, e] = noisy[n, e] - Share sqrt|v[n, e]| probe[n, e]     raised[Samples+n] = raised[n]
//
// with v[n, e] = Stein(noisy[n, e]) of the noise model conditions[n, 0] at the parameters conditions[n, 1] and conditions[n, 2], NaN if it has none; all
// float32, each operation rounded once.
type Displace struct {
	Noisy, Probe       driver.Address
	Conditions, Levels driver.Address // three, and one, for each sample
	Displaced, Raised  driver.Address // of 2 Samples
	Samples            int
	Elements           int // of a sample
	Share              float32
}

// Displace is one launch, bound by memory (16 bytes an element).
func (k *Kernels) Displace(s driver.Stream, d Displace) error {
	if err := positive("displace", d.Samples, d.Elements); err != nil {
		return err
	}
	chunks := parts(d.Elements, chunk)
	if err := positive("displace", d.Samples*chunks); err != nil {
		return err
	}
	return k.launch(s, "displace", "displace", k.blocks(d.Samples*chunks), block, 0, d.Noisy, d.Probe, d.Conditions, d.Levels, d.Displaced, d.Raised,
		uint32(d.Samples*chunks), uint32(chunks), uint32(d.Elements), uint32(d.Samples), d.Share,
		aligned(16, d.Noisy, d.Probe, d.Displaced, driver.Address(4*d.Elements)))
}
