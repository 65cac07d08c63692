//go:build cgo

package cpu

// #include "kernels.h"
// static void schedule_observe(const struct kernels *k, struct graph *g, const struct observe *o) { k->observe(g, o); }
import "C"

import "tweedie/engine/program"

func (b *backend) observe(op program.Observe) step {
	return scheduled(func(s *schedule, m memory) {
		samples := op.Clean.Shape[0]
		o := keep(s, C.struct_observe{
			clean: pointer(m, op.Clean), conditions: pointer(m, op.Conditions), noisy: pointer(m, op.Noisy),
			samples: C.size_t(samples), elements: C.size_t(op.Clean.Elements() / samples), stream: C.uint32_t(op.Stream) << 24,
		})
		o.key[0], o.key[1] = C.uint32_t(op.Seed&0xffffffff), C.uint32_t(op.Seed>>32)
		s.prepare = append(s.prepare, func(scalars program.Scalars) { o.step = C.uint32_t(scalars.Step & 0xffffffff) })
		C.schedule_observe(b.kernels, s.graph, o)
	})
}
