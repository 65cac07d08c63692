package engine

import (
	"fmt"
	"strings"

	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/device/reference"
)

// DeviceError says that a device is absent or failed.
type DeviceError struct{ Err error }

func (e *DeviceError) Error() string { return "device: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *DeviceError) Unwrap() error { return e.Err }

// devices lists what this program can compute on, the fastest first, which is what "auto" takes.
var devices = []struct {
	name string
	open func(threads int) (device.Device, error)
}{
	{"cpu", func(threads int) (device.Device, error) { return cpu.New(cpu.Options{Threads: threads}) }},
	{"reference", func(int) (device.Device, error) { return reference.New(), nil }},
}

// OpenDevice opens the device of a name ("auto" for the fastest that is there) with a number of threads, 0 for one a core.
func OpenDevice(name string, threads int) (device.Device, error) {
	var names []string
	for _, candidate := range devices {
		if name == candidate.name || name == "auto" {
			opened, err := candidate.open(threads)
			if err != nil {
				return nil, &DeviceError{err}
			}
			return opened, nil
		}
		names = append(names, candidate.name)
	}
	return nil, &DeviceError{fmt.Errorf("%q is not one of auto, %s", name, strings.Join(names, ", "))}
}
