//go:build gpu

// Package cudnn computes convolutions and their gradients by cuDNN 9, which is opened when the program runs: the calls that cuDNN keeps from
// its earlier versions, for tensors in NHWC. It has no emulation: what it computes is only ever checked on a GPU.
package cudnn

// #include "calls.h"
import "C"

import (
	"fmt"
	"sync"
	"unsafe"

	"tweedie/kernels/driver"
	"tweedie/kernels/driver/library"
)

// Load opens cuDNN, once; each later call returns what the first did. It needs no driver. The error says why there is no cuDNN.
func Load() error {
	_, err := load()
	return err
}

var load = sync.OnceValues(func() (*library.Library, error) {
	opened, err := library.Open("libcudnn.so.9")
	if err == nil {
		err = opened.Bind(int(C.cudnn_functions()), func(i int) string { return C.GoString(C.cudnn_function_name(C.int(i))) },
			func(i int, function unsafe.Pointer) { C.cudnn_set_function(C.int(i), function) })
	}
	if err != nil {
		return nil, fmt.Errorf("no cuDNN: %w", err)
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

// Version is the library's version, as 9.19.0, empty if Load opened none.
func Version() string {
	if Load() != nil {
		return ""
	}
	v := C.cudnn_version()
	return fmt.Sprintf("%d.%d.%d", v/10000, v/100%100, v%100)
}

// Error is a call of cuDNN that failed.
type Error struct {
	Call   string
	Status int    // cudnnStatus_t
	Text   string // the status in words, and what cuDNN adds to it
}

func (e *Error) Error() string {
	return fmt.Sprintf("cuDNN: %s: %s (status %d)", e.Call, e.Text, e.Status)
}

func check(status C.uint, call string, arguments ...any) error {
	if status == 0 {
		return nil
	}
	text := C.GoString(C.cudnn_status_text(status))
	var more [512]C.char
	C.cudnn_last_error(&more[0], C.size_t(len(more)))
	if added := C.GoString(&more[0]); added != "" {
		text += ", " + added
	}
	return &Error{fmt.Sprintf(call, arguments...), int(status), text}
}

// Handle is cuDNN on one stream. Its methods, and those of its convolutions, are called inside driver.Device.Do, by one goroutine at a time.
type Handle struct{ handle C.cudnnHandle_t }

// Open makes cuDNN enqueue its work to a stream.
func Open(s driver.Stream) (*Handle, error) {
	if err := Load(); err != nil {
		return nil, err
	}
	h := &Handle{}
	if err := check(C.cudnn_open(&h.handle, s.Handle()), "cudnnCreate"); err != nil {
		return nil, err
	}
	return h, nil
}

// Close gives the handle back; its convolutions are closed before.
func (h *Handle) Close() error { return check(C.cudnn_close(h.handle), "cudnnDestroy") }
