//go:build gpu

// Package driver is the CUDA driver: devices, memory, modules and launches, streams, events and graphs. It stands on gorgonia.org/cu and
// fills that package's gaps: the driver is loaded when the program runs, so that a program starts where none is installed; launches take
// structs; page-locked host memory, shared memory above 48 KiB and graphs are there; errors carry the driver's own text.
//
// Load comes first. Every call on memory, modules, streams, events and graphs is made inside Device.Do. Nothing here chooses a kernel or
// knows an operation: that is package kernels.
package driver

// stub/libcuda.a is an empty archive that answers gorgonia.org/cu's -lcuda; delay.c defines the functions. --as-needed drops a real
// libcuda.so that the linker finds first.

// #cgo LDFLAGS: -L${SRCDIR}/stub -Wl,--as-needed -ldl
// #include <stdlib.h>
// #include "delay.h"
import "C"

import (
	"fmt"
	"os"
	"sync"
	"unsafe"
)

// Library is the file that Load loads unless the environment variable TWEEDIE_CUDA_DRIVER names another.
const Library = "libcuda.so.1"

// LibraryPath is the driver's file: what TWEEDIE_CUDA_DRIVER names, else Library.
func LibraryPath() string {
	if path := os.Getenv("TWEEDIE_CUDA_DRIVER"); path != "" {
		return path
	}
	return Library
}

// Load loads and initialises the driver, once; each later call returns what the first did. The error says in one sentence why there is no
// driver, or why it does not start.
func Load() error { return load() }

var load = sync.OnceValue(func() error {
	path := C.CString(LibraryPath())
	defer C.free(unsafe.Pointer(path))
	var why [512]C.char
	code := C.driver_load(path, &why[0], C.size_t(len(why)))
	switch {
	case code < 0:
		return fmt.Errorf("no NVIDIA driver: %s", C.GoString(&why[0]))
	case code > 0:
		return fmt.Errorf("the NVIDIA driver does not start: cuInit: %s (error %d)", C.GoString(&why[0]), int(code))
	}
	return nil
})
