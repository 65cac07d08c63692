package engine

import (
	"errors"
	"fmt"

	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/device/devicetest"
)

// Check runs the suite that every device passes on a device of this machine: each operation at awkward sizes by each algorithm, and whole programs,
// compared with the reference. A device that can probe the instructions that its kernels stand on does so first.
func Check(name string, threads int) ([]devicetest.Result, error) {
	d, err := OpenDevice(name, threads)
	if err != nil {
		return nil, err
	}
	if d.Info().Name == "gorgonia" {
		return nil, &DeviceError{errors.New("gorgonia runs whole networks and no single operations; trainer check compares it with the reference")}
	}
	var results []devicetest.Result
	var algorithms []devicetest.Algorithm
	if d.Info().Name == "cpu" {
		algorithms = cpu.Algorithms()
	}
	if processor, ok := d.(*cpu.Device); ok {
		algorithms = processor.Algorithms()
	}
	if prober, ok := d.(interface{ Probe() error }); ok {
		probe := devicetest.Result{Name: "instructions"}
		if err := prober.Probe(); err != nil {
			probe.Failures = []string{err.Error()}
		}
		results = append(results, probe)
	}
	comparer, ok := d.(wgmmaComparer)
	hopper := ok && comparer.HasWgmma()
	if err := d.Close(); err != nil {
		return nil, &DeviceError{err}
	}
	results = append(results, devicetest.Check(func(devicetest.Options) (device.Device, error) { return OpenDevice(name, threads) }, algorithms...)...)
	if hopper { // at the end: what fails there may lose the device
		comparison := devicetest.Result{Name: "wgmma beside mma"}
		if err := CompareWgmma(name); err != nil {
			comparison.Failures = []string{err.Error()}
		}
		results = append(results, comparison)
	}
	return results, nil
}

// wgmmaComparer is a device that may have the matrix instructions of compute capability 9.0.
type wgmmaComparer interface {
	HasWgmma() bool
	CompareWgmma() error
}

// CompareWgmma compares the kernel for the matrix instructions of compute capability 9.0 with the portable one on a device of this machine, bit by bit.
func CompareWgmma(name string) error {
	d, err := OpenDevice(name, 0)
	if err != nil {
		return err
	}
	comparer, ok := d.(wgmmaComparer)
	if !ok || !comparer.HasWgmma() {
		return errors.Join(&DeviceError{fmt.Errorf("%s has no wgmma, which is of compute capability 9.0", d.Info().Description)}, d.Close())
	}
	err = comparer.CompareWgmma()
	if err != nil {
		err = &DeviceError{err}
	}
	return errors.Join(err, d.Close())
}
