//go:build gpu

package cuda

import (
	"fmt"

	"tweedie/kernels"
)

// comparison is what a device knows of the kernel for Hopper's matrix products, which has never run on one: it is used only where it has just computed
// what the portable kernel computes.
type comparison struct {
	done bool
	err  error
}

// compareWgmma compares once. The caller is inside do.
func (d *Device) compareWgmma() error {
	if !d.wgmma.done {
		d.wgmma.done = true
		if err := d.kernels.CompareWgmma(d.stream); err != nil {
			d.wgmma.err = fmt.Errorf("the algorithm wgmma, which has never run on a device before, failed beside mma: %w", err)
		}
	}
	return d.wgmma.err
}

// CompareWgmma compares the kernel for the matrix products of compute capability 9.0 with the portable one on this device.
func (d *Device) CompareWgmma() error { return d.do(d.compareWgmma) }

// HasWgmma says whether the device is of compute capability 9.0.
func (d *Device) HasWgmma() bool { return d.driver.Info().Capability == [2]int{9, 0} }

// measurable says whether an algorithm is to be timed. The caller is not inside do.
func (d *Device) measurable(a kernels.Algorithm) bool {
	return a != kernels.Wgmma || d.tryWgmma && d.CompareWgmma() == nil
}
