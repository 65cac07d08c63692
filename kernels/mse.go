//go:build gpu

package kernels

import "tweedie/kernels/driver"

// MSE is the mean squared error of each sample, and the gradient of its mean over the samples:
//
//	losses[n]      = 1/Elements * sum over the elements e of a sample of (denoised[n, e] - clean[n, e])^2
//	gradient[n, e] = 2/(Samples*Elements) * (denoised[n, e] - clean[n, e])
//
// all float32; differences are rounded to float32, their squares summed in double in one order.
type MSE struct {
	Denoised, Clean driver.Address
	Losses          driver.Address
	Gradient        driver.Address // optional; may be Denoised
	Samples         int
	Elements        int            // of a sample
	Workspace       driver.Address // MSEBytes, aligned to 8
}

// MSEBytes is the size of the workspace.
func MSEBytes(samples, elements int) int64 {
	return 8 * int64(samples) * int64(parts(elements, chunk))
}

// MSE is two launches: sums over chunks with the gradient, bound by memory (12 bytes an element), and the sums of those, bound by its launch.
func (k *Kernels) MSE(s driver.Stream, m MSE) error { return k.loss(s, "mse", m, 2) }

// loss launches NAME_chunks and NAME_losses of NAME.cu; the gradient is times scale/(Samples*Elements).
func (k *Kernels) loss(s driver.Stream, name string, m MSE, scale float64) error {
	if err := positive(name, m.Samples, m.Elements); err != nil {
		return err
	}
	chunks := parts(m.Elements, chunk)
	if err := positive(name, m.Samples*chunks); err != nil {
		return err
	}
	vectors := aligned(16, m.Denoised, m.Clean, m.Gradient, driver.Address(4*m.Elements))
	factor := float32(scale / (float64(m.Samples) * float64(m.Elements)))
	if err := k.launch(s, name, name+"_chunks", k.blocks(m.Samples*chunks), block, 0,
		m.Denoised, m.Clean, m.Gradient, m.Workspace, uint32(m.Samples*chunks), uint32(chunks), uint32(m.Elements), factor, vectors); err != nil {
		return err
	}
	return k.launch(s, name, name+"_losses", driver.Dim{X: m.Samples}, block, 0, m.Workspace, m.Losses, uint32(chunks), uint32(m.Elements))
}
