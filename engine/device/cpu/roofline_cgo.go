//go:build cgo

package cpu

// #include <stdlib.h>
// #include "kernels.h"
// static double run_peak(const struct kernels *k, struct pool *p, const struct peak *x) { return k->peak(p, x); }
// static void run_stream(const struct kernels *k, struct pool *p, const struct stream *x) { k->stream(p, x); }
import "C"

import "unsafe"

// multiplyAdds returns a run of multiply-adds in registers that reports its floating-point operations, and what frees it.
func (b *backend) multiplyAdds() (run func() float64, free func()) {
	results := (*C.float)(C.calloc(C.size_t(b.threads), 4))
	arguments := &C.struct_peak{steps: 1 << 15, results: results}
	return func() float64 { return float64(C.run_peak(b.kernels, b.pool, arguments)) }, func() { C.free(unsafe.Pointer(results)) }
}

// stream adds one slice to another.
func (b *backend) stream(to, from []float32) {
	C.run_stream(b.kernels, b.pool, &C.struct_stream{to: (*C.float)(unsafe.SliceData(to)), from: (*C.float)(unsafe.SliceData(from)), n: C.size_t(len(to))})
}
