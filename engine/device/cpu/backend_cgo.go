//go:build cgo

package cpu

// #cgo CFLAGS: -std=c11 -O3 -Wno-psabi
// #cgo LDFLAGS: -lm -lpthread
// #cgo linux CFLAGS: -D_DEFAULT_SOURCE
// #include <stdlib.h>
// #include <sys/mman.h>
// #include "dispatch.h"
// #ifdef MADV_HUGEPAGE
// static void want_huge_pages(void *start, size_t bytes) { madvise(start, bytes, MADV_HUGEPAGE); }
// #else
// static void want_huge_pages(void *start, size_t bytes) { (void)start, (void)bytes; }
// #endif
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"
)

// slow is the device's Info.Slow.
const slow = ""

// hasWinograd says that convolutions can be computed by winograd.h.
const hasWinograd = true

// backend is the kernels of one tier and the pool that runs them.
type backend struct {
	tier    string
	threads int
	kernels *C.struct_kernels
	tiles   *C.struct_kernels // for convolutions in bfloat16 by a tile unit; nil without one
	pool    *C.struct_pool
}

// kernelsOf returns the kernels of a tier, nil if this processor or this build lacks it.
func kernelsOf(tier string) *C.struct_kernels {
	name := C.CString(tier)
	defer C.free(unsafe.Pointer(name))
	return C.kernels_of(name)
}

// Tiers lists the kernels that this processor and this build can run, the fastest last: plain, avx2, avx512.
func Tiers() []string {
	var tiers []string
	for _, tier := range []string{"plain", "avx2", "avx512"} {
		if kernelsOf(tier) != nil {
			tiers = append(tiers, tier)
		}
	}
	return tiers
}

func newBackend(tier string, threads int) (*backend, error) {
	b := &backend{tier: tier, threads: threads, kernels: kernelsOf(tier), pool: C.pool_new(C.size_t(threads))}
	if b.pool == nil {
		return nil, fmt.Errorf("cpu: the system does not start %d threads; use fewer", threads)
	}
	return b, nil
}

// with is the same pool with another tier's kernels.
func (b *backend) with(tier string) *backend {
	return &backend{tier: tier, threads: b.threads, kernels: kernelsOf(tier), tiles: b.tiles, pool: b.pool}
}

func (b *backend) close() { C.pool_free(b.pool) }

func processorName() string {
	var name [49]C.char
	C.processor_name(&name[0])
	if text := C.GoString(&name[0]); text != "" {
		return text
	}
	return runtime.GOARCH
}

// hugePage is the size of a large page. Arenas of tens of megabytes, read with the strides of image rows, miss the tables of small ones: 5 to 8 % of a step.
const hugePage = 2 << 20

// allocate returns memory outside Go's heap, which the collector neither scans nor counts; nil if there is none.
func allocate(bytes int) unsafe.Pointer {
	if bytes < 2*hugePage {
		return C.aligned_alloc(alignment, C.size_t(bytes))
	}
	start := C.aligned_alloc(hugePage, C.size_t(bytes))
	if start != nil {
		C.want_huge_pages(start, C.size_t(bytes)) // a wish: where it fails, the pages are small
	}
	return start
}

func release(start unsafe.Pointer) { C.free(start) }
