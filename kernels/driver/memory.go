//go:build gpu

package driver

// #include <cuda.h>
import "C"

import (
	"unsafe"

	"gorgonia.org/cu"
)

// Address is a place in a device's memory; 0 is none. Sums of an Address and a number of bytes are addresses.
type Address uint64

func (a Address) pointer() cu.DevicePtr { return cu.DevicePtr(a) }

// Allocate reserves device memory, aligned to at least 256 bytes and not initialised. If there is too little, the error's OutOfMemory is
// true.
func Allocate(bytes int64) (Address, error) {
	pointer, err := cu.MemAlloc(bytes)
	return Address(pointer), checked(err, "cuMemAlloc of %d bytes", bytes)
}

// Free gives device memory back, after waiting for the work that was enqueued. Freeing 0 does nothing.
func Free(address Address) error {
	if address == 0 {
		return nil
	}
	return checked(cu.MemFree(address.pointer()), "cuMemFree")
}

// Pinned reserves page-locked host memory outside the Go heap, the only host memory that Stream.Upload and Stream.Download take.
func Pinned(bytes int) ([]byte, error) {
	var pointer unsafe.Pointer
	if err := check(C.cuMemHostAlloc(&pointer, C.size_t(bytes), 0), "cuMemHostAlloc of %d bytes", bytes); err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(pointer), bytes), nil
}

// OfPinned is where kernels find page-locked memory of Pinned. The host sees what a kernel wrote there once an event behind it has happened.
func OfPinned(memory []byte) (Address, error) {
	var address C.CUdeviceptr
	err := check(C.cuMemHostGetDevicePointer(&address, unsafe.Pointer(unsafe.SliceData(memory)), 0), "cuMemHostGetDevicePointer")
	return Address(address), err
}

// FreePinned gives back what Pinned returned, whole. Freeing an empty slice does nothing.
func FreePinned(memory []byte) error {
	if len(memory) == 0 {
		return nil
	}
	return check(C.cuMemFreeHost(unsafe.Pointer(unsafe.SliceData(memory))), "cuMemFreeHost")
}
