//go:build cgo

package cpu

// #include "kernels.h"
// static void run_observe(const struct kernels *k, struct pool *p, const struct observe *o) { k->observe(p, o); }
import "C"

import "tweedie/engine/program"

func (b *backend) observe(op program.Observe) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		samples := op.Clean.Shape[0]
		o := &C.struct_observe{
			clean: pointer(m, op.Clean), conditions: pointer(m, op.Conditions), noisy: pointer(m, op.Noisy),
			samples: C.size_t(samples), elements: C.size_t(op.Clean.Elements() / samples), stream: C.uint32_t(op.Stream) << 24,
		}
		o.key[0], o.key[1] = C.uint32_t(op.Seed&0xffffffff), C.uint32_t(op.Seed>>32)
		return func(s program.Scalars) {
			o.step = C.uint32_t(s.Step & 0xffffffff)
			C.run_observe(b.kernels, b.pool, o)
		}
	})
}
