//go:build gpu

package driver

// #include <cuda.h>
import "C"

import (
	"fmt"
	"runtime"

	"gorgonia.org/cu"
)

// Info describes a device.
type Info struct {
	Ordinal         int // as in cuda:0
	Name            string
	Bytes           int64  // of memory
	Capability      [2]int // compute capability, major and minor
	DriverVersion   [2]int // the newest CUDA that the driver runs, major and minor
	Multiprocessors int
	SharedBytes     int // the most shared memory of a block, as Function.AllowShared grants it
}

// What the kernels are compiled for: machine code of CUDA 13, which drivers from 580 on run, for compute capability 8.0 and newer.
const minimumVersion, minimumCapability = 13, 8

// Check says why the device cannot run the kernels.
func (i Info) Check() error {
	if i.DriverVersion[0] < minimumVersion {
		return fmt.Errorf("the NVIDIA driver runs CUDA %d.%d, but %d.0 is needed; install driver 580 or newer",
			i.DriverVersion[0], i.DriverVersion[1], minimumVersion)
	}
	if i.Capability[0] < minimumCapability {
		return fmt.Errorf("%s has compute capability %d.%d, but %d.0 is needed", i.Name, i.Capability[0], i.Capability[1], minimumCapability)
	}
	return nil
}

// Devices lists the devices in the order of their ordinals. Load comes first.
func Devices() ([]Info, error) {
	count, err := cu.NumDevices()
	if err != nil {
		return nil, checked(err, "cuDeviceGetCount")
	}
	infos := make([]Info, count)
	for ordinal := range infos {
		if infos[ordinal], err = info(ordinal); err != nil {
			return nil, err
		}
	}
	return infos, nil
}

func info(ordinal int) (Info, error) {
	device, err := cu.GetDevice(ordinal)
	if err != nil {
		return Info{}, checked(err, "cuDeviceGet(%d)", ordinal)
	}
	version := cu.Version()
	i := Info{Ordinal: ordinal, DriverVersion: [2]int{version / 1000, version % 1000 / 10}}
	if i.Name, err = device.Name(); err != nil {
		return Info{}, checked(err, "cuDeviceGetName(%d)", ordinal)
	}
	if i.Bytes, err = device.TotalMem(); err != nil {
		return Info{}, checked(err, "cuDeviceTotalMem(%d)", ordinal)
	}
	for _, attribute := range []struct {
		name  cu.DeviceAttribute
		value *int
	}{
		{cu.ComputeCapabilityMajor, &i.Capability[0]},
		{cu.ComputeCapabilityMinor, &i.Capability[1]},
		{cu.MultiprocessorCount, &i.Multiprocessors},
		{C.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, &i.SharedBytes},
	} {
		if *attribute.value, err = device.Attribute(attribute.name); err != nil {
			return Info{}, checked(err, "cuDeviceGetAttribute(%d)", ordinal)
		}
	}
	return i, nil
}

// Device is one open device. Its methods may be called from several goroutines.
type Device struct {
	info    Info
	device  cu.Device
	context cu.CUContext // the primary one, which cuBLAS and cuDNN use too
}

// Open opens a device. The error says how many there are, or why this one cannot run the kernels.
func Open(ordinal int) (*Device, error) {
	infos, err := Devices()
	if err != nil {
		return nil, err
	}
	if ordinal < 0 || ordinal >= len(infos) {
		return nil, fmt.Errorf("there is no CUDA device %d; there are %d, counted from 0", ordinal, len(infos))
	}
	i := infos[ordinal]
	if err := i.Check(); err != nil {
		return nil, err
	}
	d := &Device{info: i}
	if d.device, err = cu.GetDevice(ordinal); err != nil {
		return nil, checked(err, "cuDeviceGet(%d)", ordinal)
	}
	if d.context, err = d.device.RetainPrimaryCtx(); err != nil {
		return nil, checked(err, "cuDevicePrimaryCtxRetain(%d)", ordinal)
	}
	return d, nil
}

// Info describes the device.
func (d *Device) Info() Info { return d.info }

// Memory is the number of bytes that are free now, and all of them.
func (d *Device) Memory() (free, total int64, err error) {
	err = d.Do(func() error {
		var err error
		free, total, err = cu.MemInfo()
		return checked(err, "cuMemGetInfo")
	})
	return free, total, err
}

// Close gives the context back; what was allocated in it is freed when its last user closes it.
func (d *Device) Close() error {
	return checked(d.device.ReleasePrimaryCtx(), "cuDevicePrimaryCtxRelease(%d)", d.info.Ordinal)
}

// Do calls f on an operating system's thread of its own, in which the device's context is current. Calls nest.
func (d *Device) Do(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cu.SetCurrentContext(d.context); err != nil {
		return checked(err, "cuCtxSetCurrent")
	}
	return f()
}
