//go:build gpu

package driver

// #include <cuda.h>
import "C"

import (
	"unsafe"

	"gorgonia.org/cu"
)

// Stream is a queue of work that runs in order. Work of different streams may overlap; events order it.
type Stream struct{ stream cu.Stream }

// handle is the driver's: the only field of gorgonia.org/cu's struct, whose accessor returns that package's C type.
func (s Stream) handle() C.CUstream { return *(*C.CUstream)(unsafe.Pointer(&s.stream)) }

var _ [unsafe.Sizeof(cu.Stream{})]byte = [unsafe.Sizeof(C.CUstream(nil))]byte{}

// Handle is the CUstream, which is a cudaStream_t too, for libraries that enqueue work of their own.
func (s Stream) Handle() unsafe.Pointer { return unsafe.Pointer(s.handle()) }

// NewStream makes a stream that does not wait for CUDA's default stream.
func NewStream() (Stream, error) {
	stream, err := cu.MakeStream(cu.NonBlocking)
	return Stream{stream}, checked(err, "cuStreamCreate")
}

// Close gives the stream back; what was enqueued still runs.
func (s Stream) Close() error { return checked(s.stream.Destroy(), "cuStreamDestroy") }

// Synchronize waits until all that was enqueued has run. Errors of that work surface here.
func (s Stream) Synchronize() error { return checked(s.stream.Synchronize(), "cuStreamSynchronize") }

// Upload enqueues a copy of src, page-locked memory of Pinned, which must not change before the copy has run.
func (s Stream) Upload(dst Address, src []byte) error {
	if len(src) == 0 {
		return nil
	}
	return checked(cu.MemcpyHtoDAsync(dst.pointer(), unsafe.Pointer(unsafe.SliceData(src)), int64(len(src)), s.stream),
		"cuMemcpyHtoDAsync of %d bytes", len(src))
}

// Download enqueues a copy into dst, page-locked memory of Pinned, which must not be read before the copy has run.
func (s Stream) Download(dst []byte, src Address) error {
	if len(dst) == 0 {
		return nil
	}
	return checked(cu.MemcpyDtoHAsync(unsafe.Pointer(unsafe.SliceData(dst)), src.pointer(), int64(len(dst)), s.stream),
		"cuMemcpyDtoHAsync of %d bytes", len(dst))
}

// Copy enqueues a copy within the device's memory; the ranges do not overlap.
func (s Stream) Copy(dst, src Address, bytes int64) error {
	if bytes == 0 {
		return nil
	}
	return checked(cu.MemcpyDtoDAsync(dst.pointer(), src.pointer(), bytes, s.stream), "cuMemcpyDtoDAsync of %d bytes", bytes)
}

// Fill enqueues the writing of a number of 4-byte words, all with the same value; dst is a multiple of 4.
func (s Stream) Fill(dst Address, word uint32, words int64) error {
	if words == 0 {
		return nil
	}
	return checked(cu.MemsetD32Async(dst.pointer(), uint(word), words, s.stream), "cuMemsetD32Async of %d words", words)
}
