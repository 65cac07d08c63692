//go:build gpu

package kernels

import "tweedie/kernels/driver"

// L1 is the mean absolute error of each sample, and the gradient of its mean over the samples:
//
//	losses[n]      = 1/Elements * sum over the elements e of a sample of |denoised[n, e] - clean[n, e]|
//	gradient[n, e] = 1/(Samples*Elements) * sign(denoised[n, e] - clean[n, e]), where 0 and NaN stay
//
// with the fields, the workspace and the order of sums of MSE.
type L1 MSE

// L1 is two launches, as MSE.
func (k *Kernels) L1(s driver.Stream, l L1) error { return k.loss(s, "l1", MSE(l), 1) }
