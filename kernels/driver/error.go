//go:build gpu

package driver

// #include <cuda.h>
import "C"

import (
	"fmt"
	"reflect"
)

// Error is a call of the driver that failed.
type Error struct {
	Call string // the driver's function, and what it was for
	Code int    // its CUresult
	Name string // the code's name, CUDA_ERROR_...
	Text string // the driver's explanation
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (%s, error %d)", e.Call, e.Text, e.Name, e.Code)
}

// OutOfMemory says that the device had not enough free memory.
func (e *Error) OutOfMemory() bool { return e.Code == C.CUDA_ERROR_OUT_OF_MEMORY }

// Sticky says that the device's context is lost: every later call in this process fails too, and only a new process can go on.
func (e *Error) Sticky() bool {
	switch e.Code {
	case C.CUDA_ERROR_DEINITIALIZED, C.CUDA_ERROR_DEVICE_UNAVAILABLE, C.CUDA_ERROR_ECC_UNCORRECTABLE, C.CUDA_ERROR_NVLINK_UNCORRECTABLE,
		C.CUDA_ERROR_ILLEGAL_ADDRESS, C.CUDA_ERROR_LAUNCH_TIMEOUT, C.CUDA_ERROR_CONTEXT_IS_DESTROYED, C.CUDA_ERROR_ASSERT,
		C.CUDA_ERROR_HARDWARE_STACK_ERROR, C.CUDA_ERROR_ILLEGAL_INSTRUCTION, C.CUDA_ERROR_MISALIGNED_ADDRESS,
		C.CUDA_ERROR_INVALID_ADDRESS_SPACE, C.CUDA_ERROR_INVALID_PC, C.CUDA_ERROR_LAUNCH_FAILED, C.CUDA_ERROR_EXTERNAL_DEVICE,
		C.CUDA_ERROR_CONTAINED, C.CUDA_ERROR_UNKNOWN:
		return true
	}
	return false
}

// check turns a result of the driver into an error; call is formatted only if there is one.
func check(code C.CUresult, call string, arguments ...any) error {
	if code == C.CUDA_SUCCESS {
		return nil
	}
	e := &Error{Call: fmt.Sprintf(call, arguments...), Code: int(code), Name: "unknown name", Text: "no reason given"}
	var text *C.char
	if C.cuGetErrorName(code, &text) == C.CUDA_SUCCESS {
		e.Name = C.GoString(text)
	}
	if C.cuGetErrorString(code, &text) == C.CUDA_SUCCESS {
		e.Text = C.GoString(text)
	} else if code == C.CUDA_ERROR_NOT_INITIALIZED {
		e.Text = "the driver is not loaded"
	} else if code == C.CUDA_ERROR_NOT_SUPPORTED {
		e.Text = "the driver lacks this function"
	}
	return e
}

// checked is check for an error of gorgonia.org/cu, whose type is an integer that is not exported.
func checked(err error, call string, arguments ...any) error {
	if err == nil {
		return nil
	}
	return check(C.CUresult(reflect.ValueOf(err).Int()), call, arguments...)
}
