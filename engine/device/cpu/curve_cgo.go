//go:build cgo

package cpu

// #include "kernels.h"
// static void run_curve(const struct kernels *k, struct pool *p, const struct curve *c) { k->curve(p, c); }
import "C"

import "tweedie/engine/program"

func (b *backend) curve(op program.Curve) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		formula := op.Formula()
		c := &C.struct_curve{
			input: pointer(m, op.Input), output: pointer(m, op.Output), n: C.size_t(op.Output.Elements()), form: C.int(formula.Form),
			a: C.float(formula.A), b: C.float(formula.B), d: C.float(formula.D), slope: C.float(formula.Slope), level: C.float(formula.Level),
		}
		for i, factor := range op.Factors {
			c.factor[i] = pointer(m, factor)
		}
		return func(program.Scalars) { C.run_curve(b.kernels, b.pool, c) }
	})
}
