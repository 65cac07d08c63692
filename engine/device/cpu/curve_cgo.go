//go:build cgo

package cpu

// #include "kernels.h"
// static void schedule_curve(const struct kernels *k, struct graph *g, const struct curve *c) { k->curve(g, c); }
import "C"

import "tweedie/engine/program"

func (b *backend) curve(op program.Curve) step {
	return scheduled(func(s *schedule, m memory) {
		formula, samples := op.Formula(), op.Output.Shape[0]
		c := keep(s, C.struct_curve{
			input: pointer(m, op.Input), output: pointer(m, op.Output), samples: C.size_t(samples), elements: C.size_t(op.Output.Elements() / samples),
			form: C.int(formula.Form),
			a:    C.float(formula.A), b: C.float(formula.B), d: C.float(formula.D), slope: C.float(formula.Slope), level: C.float(formula.Level),
		})
		for i, factor := range op.Factors {
			c.factor[i] = pointer(m, factor)
		}
		C.schedule_curve(b.kernels, s.graph, c)
	})
}
