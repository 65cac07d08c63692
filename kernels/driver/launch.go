//go:build gpu

package driver

// #include <cuda.h>
//
// enum { PARAMETERS = 64 };
//
// // Each of the count arguments lies at its offset in the packed ones; the driver copies them before it returns.
// static CUresult launch(CUfunction function, CUstream stream, const unsigned *size, unsigned shared, void *packed,
//                        const unsigned *offsets, int count) {
//     void *pointers[PARAMETERS] = {0};
//     for (int i = 0; i < count; i++) pointers[i] = (char *)packed + offsets[i];
//     return cuLaunchKernel(function, size[0], size[1], size[2], size[3], size[4], size[5], shared, stream, pointers, 0);
// }
import "C"

import (
	"fmt"
	"unsafe"
)

// Dim is the size of a grid in blocks, or of a block in threads; a field of 0 means 1.
type Dim struct{ X, Y, Z int }

func (d Dim) sizes() [3]C.uint {
	return [3]C.uint{C.uint(max(1, d.X)), C.uint(max(1, d.Y)), C.uint(max(1, d.Z))}
}

func (d Dim) String() string { return fmt.Sprintf("%dx%dx%d", max(1, d.X), max(1, d.Y), max(1, d.Z)) }

// packedBytes is room for all arguments of a launch: CUDA allows 4 KiB on every device.
const packedBytes = 4096

// Launch enqueues the kernel with a number of bytes of dynamic shared memory. Arguments are Address, int32, uint32, uint64, float32,
// float64 or Struct, in the order of the kernel's parameters; another type, number or size than the kernel's is an error.
func (f Function) Launch(s Stream, grid, block Dim, shared int, arguments ...any) error {
	var packed [packedBytes]byte // holds no pointers: addresses in device memory are integers
	var offsets [C.PARAMETERS]C.uint
	if len(arguments) > len(offsets) || f.parameters != nil && len(arguments) != len(f.parameters) {
		return fmt.Errorf("kernel %s takes %d arguments, not %d", f.name, len(f.parameters), len(arguments))
	}
	end := 0
	for i, argument := range arguments {
		bytes, err := argumentBytes(argument)
		if err != nil {
			return fmt.Errorf("kernel %s, argument %d: %w", f.name, i, err)
		}
		if f.parameters != nil && len(bytes) != f.parameters[i] {
			return fmt.Errorf("kernel %s, argument %d: a %T of %d bytes was given for a parameter of %d", f.name, i, argument, len(bytes), f.parameters[i])
		}
		begin := (end + 15) &^ 15
		if end = begin + len(bytes); end > len(packed) {
			return fmt.Errorf("kernel %s: arguments take more than %d bytes", f.name, len(packed))
		}
		copy(packed[begin:], bytes)
		offsets[i] = C.uint(begin)
	}
	sizes := [2][3]C.uint{grid.sizes(), block.sizes()}
	code := C.launch(f.handle(), s.handle(), &sizes[0][0], C.uint(shared), unsafe.Pointer(&packed[0]), &offsets[0], C.int(len(arguments)))
	return check(code, "cuLaunchKernel(%q) of %v blocks of %v threads", f.name, grid, block)
}

// argumentBytes is an argument as it lies in memory.
func argumentBytes(argument any) ([]byte, error) {
	switch value := argument.(type) {
	case Address:
		return bytesOf(&value), nil
	case int32:
		return bytesOf(&value), nil
	case uint32:
		return bytesOf(&value), nil
	case uint64:
		return bytesOf(&value), nil
	case float32:
		return bytesOf(&value), nil
	case float64:
		return bytesOf(&value), nil
	case structure:
		return value, nil
	}
	return nil, fmt.Errorf("a %T cannot be passed; pass an Address, int32, uint32, uint64, float32, float64 or Struct", argument)
}

type structure []byte

// Struct passes *value by value. T is laid out as the kernel's parameter is and holds no Go pointers.
func Struct[T any](value *T) any { return structure(bytesOf(value)) }

func bytesOf[T any](value *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(value)), unsafe.Sizeof(*value))
}
