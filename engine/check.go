package engine

import (
	"tweedie/engine/device"
	"tweedie/engine/device/devicetest"
)

// Check runs the suite that every device passes on a device of this machine: each operation at awkward sizes by each algorithm, and whole programs,
// compared with the reference.
func Check(name string, threads int) ([]devicetest.Result, error) {
	d, err := OpenDevice(name, threads)
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, &DeviceError{err}
	}
	return devicetest.Check(func(devicetest.Options) (device.Device, error) { return OpenDevice(name, threads) }), nil
}
