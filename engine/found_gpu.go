//go:build gpu

package engine

import (
	"fmt"

	"tweedie/cudnn"
	"tweedie/kernels/cublas"
	"tweedie/kernels/driver"
)

// findAccelerators lists the CUDA devices of this machine, and the libraries that are opened when the program runs.
func findAccelerators() (devices, libraries []Found) {
	return findCUDA(), []Found{
		findLibrary("cuBLAS", cublas.Load(), cublas.Version(), cublas.Path(), "nvidia-cublas"),
		findLibrary("cuDNN", cudnn.Load(), cudnn.Version(), cudnn.Path(), "nvidia-cudnn-cu13"),
	}
}

func findCUDA() []Found {
	if err := driver.Load(); err != nil {
		return []Found{{Name: "cuda", Absent: fmt.Sprintf("%v; install NVIDIA's driver, 580 or newer, if this machine has a GPU", err)}}
	}
	infos, err := driver.Devices()
	if err != nil {
		return []Found{{Name: "cuda", Absent: err.Error()}}
	}
	if len(infos) == 0 {
		return []Found{{Name: "cuda", Absent: "the NVIDIA driver finds no device"}}
	}
	var devices []Found
	for _, info := range infos {
		found := Found{Name: fmt.Sprintf("cuda:%d", info.Ordinal)}
		found.Description = fmt.Sprintf("%s, compute capability %d.%d, %d multiprocessors, driver of CUDA %d.%d", info.Name,
			info.Capability[0], info.Capability[1], info.Multiprocessors, info.DriverVersion[0], info.DriverVersion[1])
		found.Description += fmt.Sprintf(", %.1f GiB of memory", float64(info.Bytes)/(1<<30))
		if free, err := freeMemory(found.Name, info.Ordinal); err != nil {
			found.Absent = err.Error()
		} else {
			found.Description += fmt.Sprintf(", %.1f GiB free", float64(free)/(1<<30))
		}
		devices = append(devices, found)
	}
	return devices
}

// freeMemory opens a device with all that it needs to compute, and says how much memory is left.
func freeMemory(name string, ordinal int) (int64, error) {
	opened, err := OpenDevice(name, 0)
	if err != nil {
		return 0, err
	}
	defer opened.Close()
	d, err := driver.Open(ordinal)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	free, _, err := d.Memory()
	return free, err
}

// findLibrary describes a library; the package is NVIDIA's on Python's index.
func findLibrary(name string, err error, version, path, packaged string) Found {
	if err != nil {
		return Found{Name: name, Absent: fmt.Sprintf("%v; pip install %s provides it, and so does NVIDIA's package for this system", err, packaged)}
	}
	return Found{Name: name, Description: version + ", " + path}
}
