//go:build gpu

// Package cublas multiplies matrices by cuBLAS, which is opened when the program runs. It holds no other operation: the engine computes
// the rest by its own kernels.
//
// cuBLASLt, whose products end in a bias, ReLU or GELU, is not used, since no product of ours ends so: those by cuBLAS are convolutions of
// 1x1 and 2x2, which the networks have without bias and without activation. What may follow one is a residual, or a mask that is another
// layer's output; cuBLASLt's mask is one that its own forward product wrote, in bits. The kernels of convolution_product.cu fuse all of them
// in one pass, so that cuBLAS is chosen only where it is faster in spite of a pass of its own.
package cublas

// #include <stdint.h>
// #include "functions.h"
//
// #define F(name, result, parameters) result(*name) parameters;
// static struct { CUBLAS_FUNCTIONS(F) } functions;
// #undef F
//
// static const struct { const char *name; void **place; } table[] = {
// #define F(name, result, parameters) {#name, (void **)&functions.name},
//     CUBLAS_FUNCTIONS(F)
// #undef F
// };
// enum { FUNCTIONS = sizeof table / sizeof table[0] };
// static const char *function_name(int i) { return table[i].name; }
// static void set_function(int i, void *function) { *table[i].place = function; }
//
// static unsigned create(cublasHandle_t *handle) { return functions.cublasCreate_v2(handle); }
// static unsigned destroy(cublasHandle_t handle) { return functions.cublasDestroy_v2(handle); }
// static unsigned property(unsigned which, int *value) { return functions.cublasGetProperty(which, value); }
// static const char *status_text(unsigned status) { return functions.cublasGetStatusString(status); }
// static unsigned set_stream(cublasHandle_t handle, void *stream) { return functions.cublasSetStream_v2(handle, stream); }
// static unsigned set_workspace(cublasHandle_t handle, uintptr_t address, size_t bytes) {
//     return functions.cublasSetWorkspace_v2(handle, (void *)address, bytes);
// }
// static unsigned set_math_mode(cublasHandle_t handle, unsigned mode) { return functions.cublasSetMathMode(handle, mode); }
// static unsigned multiply(cublasHandle_t handle, unsigned transpose_a, unsigned transpose_b, int m, int n, int k, float alpha,
//                          uintptr_t a, int a_stride, uintptr_t b, int b_stride, unsigned ab_type, float beta, uintptr_t c, int c_stride,
//                          unsigned c_type) {
//     return functions.cublasGemmEx(handle, transpose_a, transpose_b, m, n, k, &alpha, (const void *)a, ab_type, a_stride,
//                                   (const void *)b, ab_type, b_stride, &beta, (void *)c, c_type, c_stride, CUBLAS_COMPUTE_FLOAT32,
//                                   CUBLAS_ALGORITHM_DEFAULT);
// }
import "C"

import (
	"fmt"
	"math"
	"sync"
	"unsafe"

	"tweedie/kernels/driver"
	"tweedie/kernels/driver/library"
)

// Load opens cuBLAS, once; each later call returns what the first did. It needs no driver. The error says why there is no cuBLAS.
func Load() error {
	_, err := load()
	return err
}

var load = sync.OnceValues(func() (*library.Library, error) {
	opened, err := library.Open("libcublas.so.13", "libcublas.so.12")
	if err != nil {
		return nil, fmt.Errorf("no cuBLAS: %w", err)
	}
	err = opened.Bind(C.FUNCTIONS, func(i int) string { return C.GoString(C.function_name(C.int(i))) },
		func(i int, function unsafe.Pointer) { C.set_function(C.int(i), function) })
	if err != nil {
		return nil, fmt.Errorf("no cuBLAS: %w", err)
	}
	return opened, nil
})

// Path is the file of the library that Load opened, empty if it opened none.
func Path() string {
	opened, err := load()
	if err != nil {
		return ""
	}
	return opened.Path
}

// Version is the library's version, as 13.0.2, empty if Load opened none.
func Version() string {
	if Load() != nil {
		return ""
	}
	var number [3]C.int
	for i, property := range []C.uint{C.CUBLAS_MAJOR, C.CUBLAS_MINOR, C.CUBLAS_PATCH} {
		if C.property(property, &number[i]) != 0 {
			return "of unknown version"
		}
	}
	return fmt.Sprintf("%d.%d.%d", number[0], number[1], number[2])
}

// Error is a call of cuBLAS that failed.
type Error struct {
	Call   string
	Status int // cublasStatus_t
	Text   string
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s (status %d)", e.Call, e.Text, e.Status) }

func check(status C.uint, call string, arguments ...any) error {
	if status == 0 {
		return nil
	}
	return &Error{fmt.Sprintf(call, arguments...), int(status), C.GoString(C.status_text(status))}
}

// Handle is cuBLAS on one stream. Its methods are called inside driver.Device.Do, by one goroutine at a time.
type Handle struct{ handle C.cublasHandle_t }

// Open makes cuBLAS enqueue its work to a stream. Products of narrow types are summed in float32, however cuBLAS splits the sum.
func Open(s driver.Stream) (*Handle, error) {
	if err := Load(); err != nil {
		return nil, err
	}
	h := &Handle{}
	if err := check(C.create(&h.handle), "cublasCreate"); err != nil {
		return nil, err
	}
	err := check(C.set_stream(h.handle, s.Handle()), "cublasSetStream")
	if err == nil {
		err = check(C.set_math_mode(h.handle, C.CUBLAS_ACCUMULATE_IN_COMPUTE_TYPE), "cublasSetMathMode")
	}
	if err != nil {
		C.destroy(h.handle)
		return nil, err
	}
	return h, nil
}

// Close gives the handle back, after waiting for its work.
func (h *Handle) Close() error { return check(C.destroy(h.handle), "cublasDestroy") }

// WorkspaceBytes is the size of a workspace with which cuBLAS has every algorithm to choose from, on every device up to compute
// capability 10.0: NVIDIA advises 32 MiB from 9.0 on.
const WorkspaceBytes = 32 << 20

// UseWorkspace gives cuBLAS memory for its sums, aligned to 256 bytes. Without it cuBLAS allocates its own, also while a graph is captured.
func (h *Handle) UseWorkspace(address driver.Address, bytes int64) error {
	return check(C.set_workspace(h.handle, C.uintptr_t(address), C.size_t(bytes)), "cublasSetWorkspace of %d bytes", bytes)
}

// Matrix is a matrix in device memory, by rows: element (i, j) lies at Address + (i*Stride + j) * its size. cuBLAS itself thinks by
// columns: its matrix at the same place is the transpose.
type Matrix struct {
	Address    driver.Address
	Stride     int  // elements from a row to the next, at least its length
	BFloat16   bool // else float32
	Transposed bool // what lies in memory is the transpose of the factor; not for a result
}

// Multiply enqueues
//
//	c = alpha * a * b + beta * c
//
// for a of m rows and k columns, b of k rows and n columns, and c of m rows and n columns, none of which is zero. a and b are both float32
// or both bfloat16; products are summed in float32, not in TF32; c is float32, or bfloat16 if a and b are. With beta = 0, c is not read.
// c overlaps neither factor.
func (h *Handle) Multiply(m, n, k int, alpha float32, a, b Matrix, beta float32, c Matrix) error {
	if a.BFloat16 != b.BFloat16 || c.BFloat16 && !a.BFloat16 || c.Transposed {
		return fmt.Errorf("a product of bfloat16: %t by %t into %t, transposed %t, is none that cuBLAS computes", a.BFloat16, b.BFloat16, c.BFloat16, c.Transposed)
	}
	for _, size := range []int{m, n, k, a.Stride, b.Stride, c.Stride} {
		if size < 1 || size > math.MaxInt32 {
			return fmt.Errorf("a product of %d x %d by %d x %d with rows %d, %d and %d apart is outside 1 to 2^31-1", m, k, k, n, a.Stride, b.Stride, c.Stride)
		}
	}
	// By columns, the same memory holds the transposes: c' = b' a'.
	return check(C.multiply(h.handle, transpose(b), transpose(a), C.int(n), C.int(m), C.int(k), C.float(alpha),
		C.uintptr_t(b.Address), C.int(b.Stride), C.uintptr_t(a.Address), C.int(a.Stride), element(a), C.float(beta),
		C.uintptr_t(c.Address), C.int(c.Stride), element(c)), "cublasGemmEx of %d x %d by %d x %d", m, k, k, n)
}

func transpose(m Matrix) C.uint {
	if m.Transposed {
		return C.CUBLAS_TRANSPOSE
	}
	return C.CUBLAS_TRANSPOSE_NONE
}

func element(m Matrix) C.uint {
	if m.BFloat16 {
		return C.CUBLAS_BFLOAT16
	}
	return C.CUBLAS_FLOAT32
}
