package engine

import (
	"fmt"
	"strings"

	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/device/reference"
	"tweedie/engine/oracle"
)

// DeviceError says that a device is absent or failed.
type DeviceError struct{ Err error }

func (e *DeviceError) Error() string { return "device: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *DeviceError) Unwrap() error { return e.Err }

// candidate is one kind of device that this program can compute on.
type candidate struct {
	name string
	open func(ordinal, threads int) (device.Device, error)
	many bool // the machine may have several, which are named cuda:0, cuda:1, ...
}

// devices lists the kinds, the fastest first, which is what "auto" takes.
func devices() []candidate {
	return append(accelerators(),
		candidate{name: "cpu", open: func(_, threads int) (device.Device, error) { return cpu.New(cpu.Options{Threads: threads}) }},
		candidate{name: "reference", open: func(int, int) (device.Device, error) { return reference.New(), nil }},
		candidate{name: "gorgonia", open: func(int, int) (device.Device, error) { return oracle.New(), nil }},
	)
}

// fallback is a device that "auto" took because a faster one is not there.
type fallback struct {
	device.Device
	why error
}

// Info says, as the reason why the device is slow, what became of the faster one.
func (f fallback) Info() device.Info {
	info := f.Device.Info()
	info.Slow = strings.TrimSpace(fmt.Sprintf("%v; computing on the %s instead. %s", f.why, info.Name, info.Slow))
	return info
}

// OpenDevice opens the device of a name ("auto" for the fastest that is there) with a number of threads, 0 for one a core.
func OpenDevice(name string, threads int) (device.Device, error) {
	var names []string
	var absent error
	for _, kind := range devices() {
		names = append(names, kind.name)
		ordinal, asked := 0, name == "auto" || name == kind.name
		if text, numbered := strings.CutPrefix(name, kind.name+":"); numbered && kind.many {
			_, err := fmt.Sscanf(text+"\n", "%d\n", &ordinal)
			asked = err == nil && ordinal >= 0
		}
		if !asked {
			continue
		}
		opened, err := kind.open(ordinal, threads)
		switch {
		case err == nil && absent != nil:
			return fallback{opened, absent}, nil
		case err == nil:
			return opened, nil
		case name == "auto" && kind.many:
			absent = err
		default:
			return nil, &DeviceError{err}
		}
	}
	if (name == "cuda" || strings.HasPrefix(name, "cuda:")) && len(accelerators()) == 0 {
		return nil, &DeviceError{fmt.Errorf("%q: this program was built without CUDA; build it by make gpu", name)}
	}
	return nil, &DeviceError{fmt.Errorf("%q is not one of auto, %s", name, strings.Join(names, ", "))}
}
