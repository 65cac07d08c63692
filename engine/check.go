package engine

import (
	"errors"

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
	if prober, ok := d.(interface{ Probe() error }); ok {
		probe := devicetest.Result{Name: "instructions"}
		if err := prober.Probe(); err != nil {
			probe.Failures = []string{err.Error()}
		}
		results = append(results, probe)
	}
	if err := d.Close(); err != nil {
		return nil, &DeviceError{err}
	}
	return append(results, devicetest.Check(func(devicetest.Options) (device.Device, error) { return OpenDevice(name, threads) }, algorithms...)...), nil
}
