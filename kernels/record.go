//go:build gpu

package kernels

import "tweedie/kernels/driver"

// Record keeps the mean loss and the gradient's norm of a step in a ring:
//
//	ring[step mod Rows] = (1/Samples * sum over n of losses[n], norm[0])
//
// all float32, the sum in double. Step counts modulo 2^32. Copy is optional: memory of the host, of driver.OfPinned, that the same is written to.
type Record struct {
	Losses, Norm, Ring, Copy, Scalars driver.Address
	Samples, Rows                     int
}

// Record is one launch of one block, bound by its launch.
func (k *Kernels) Record(s driver.Stream, r Record) error {
	if err := positive("record", r.Samples, r.Rows); err != nil {
		return err
	}
	return k.launch(s, "record", "record", driver.Dim{X: 1}, block, 0, r.Losses, r.Norm, r.Ring, r.Copy, r.Scalars, uint32(r.Samples), uint32(r.Rows))
}
