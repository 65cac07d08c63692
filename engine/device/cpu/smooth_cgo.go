//go:build cgo

package cpu

// #include "kernels.h"
// static void schedule_silu(const struct kernels *k, struct graph *g, const struct silu *a) { k->silu(g, a); }
// static void schedule_scale(const struct kernels *k, struct graph *g, const struct scale *a) { k->scale(g, a); }
import "C"

import "tweedie/engine/program"

func (b *backend) silu(op program.SiLU) step {
	return scheduled(func(s *schedule, m memory) {
		samples := op.Output.Shape[0]
		a := keep(s, C.struct_silu{
			input: pointer(m, op.Input), output: pointer(m, op.Output), samples: C.size_t(samples), elements: C.size_t(op.Output.Elements() / samples),
			order: C.int(op.Order), factors: C.int(len(op.Factors)),
		})
		for i, factor := range op.Factors {
			a.factor[i] = pointer(m, factor)
		}
		C.schedule_silu(b.kernels, s.graph, a)
	})
}

func (b *backend) scaleSamples(op program.ScaleSamples) step {
	return scheduled(func(s *schedule, m memory) {
		samples := op.Output.Shape[0]
		a := keep(s, C.struct_scale{output: pointer(m, op.Output), samples: C.size_t(samples), elements: C.size_t(op.Output.Elements() / samples)})
		if op.Each() {
			a.each = 1
		}
		for i, input := range op.Inputs {
			a.input[i], a.factor[i] = pointer(m, input), pointer(m, op.Factors[i])
		}
		C.schedule_scale(b.kernels, s.graph, a)
	})
}
