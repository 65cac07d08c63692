//go:build gpu

package driver

// #include <cuda.h>
import "C"

import (
	"unsafe"

	"gorgonia.org/cu"
)

// Module is machine code that was loaded into a device's context.
type Module struct{ module cu.Module }

// LoadModule loads a fatbin, a cubin or PTX; the driver chooses the machine code for the device, or compiles PTX for it.
func LoadModule(image []byte) (*Module, error) {
	module, err := cu.LoadData(string(image)) // which copies it and adds the zero that PTX needs
	if err != nil {
		return nil, checked(err, "cuModuleLoadData of %d bytes", len(image))
	}
	return &Module{module}, nil
}

// Close unloads the module; its functions are not to be used any more.
func (m *Module) Close() error { return checked(m.module.Unload(), "cuModuleUnload") }

// Function finds a kernel by its name.
func (m *Module) Function(name string) (Function, error) {
	function, err := m.module.Function(name)
	if err != nil {
		return Function{}, checked(err, "cuModuleGetFunction(%q)", name)
	}
	f := Function{function: function, name: name}
	f.parameters, err = f.parameterSizes()
	return f, err
}

// parameterSizes asks for the sizes of a kernel's parameters, so that a launch with others is an error rather than a read past the end.
// It is nil if the driver cannot tell: it can since CUDA 12.4.
func (f Function) parameterSizes() ([]int, error) {
	sizes := []int{}
	for {
		var offset, size C.size_t
		switch code := C.cuFuncGetParamInfo(f.handle(), C.size_t(len(sizes)), &offset, &size); code {
		case C.CUDA_SUCCESS:
			sizes = append(sizes, int(size))
		case C.CUDA_ERROR_INVALID_VALUE: // past the last parameter
			return sizes, nil
		case C.CUDA_ERROR_NOT_SUPPORTED:
			return nil, nil
		default:
			return nil, check(code, "cuFuncGetParamInfo(%q, %d)", f.name, len(sizes))
		}
	}
}

// Function is a kernel of a Module.
type Function struct {
	function   cu.Function
	name       string
	parameters []int // bytes of each, nil if unknown
}

// handle is the driver's: the only field of gorgonia.org/cu's struct, which exports no accessor.
func (f Function) handle() C.CUfunction { return *(*C.CUfunction)(unsafe.Pointer(&f.function)) }

var _ [unsafe.Sizeof(cu.Function{})]byte = [unsafe.Sizeof(C.CUfunction(nil))]byte{}

// AllowShared lets the kernel be launched with that many bytes of dynamic shared memory, which without it is at most 48 KiB.
func (f Function) AllowShared(bytes int) error {
	return check(C.cuFuncSetAttribute(f.handle(), C.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, C.int(bytes)),
		"cuFuncSetAttribute(%q, %d bytes of shared memory)", f.name, bytes)
}
