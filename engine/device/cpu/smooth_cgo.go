//go:build cgo

package cpu

// #include "kernels.h"
// static void run_silu(const struct kernels *k, struct pool *p, const struct silu *a) { k->silu(p, a); }
// static void run_scale(const struct kernels *k, struct pool *p, const struct scale *a) { k->scale(p, a); }
import "C"

import "tweedie/engine/program"

func (b *backend) silu(op program.SiLU) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		a := &C.struct_silu{
			input: pointer(m, op.Input), output: pointer(m, op.Output), n: C.size_t(op.Output.Elements()), order: C.int(op.Order),
			factors: C.int(len(op.Factors)),
		}
		for i, factor := range op.Factors {
			a.factor[i] = pointer(m, factor)
		}
		return func(program.Scalars) { C.run_silu(b.kernels, b.pool, a) }
	})
}

func (b *backend) scaleSamples(op program.ScaleSamples) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		samples := op.Output.Shape[0]
		a := &C.struct_scale{output: pointer(m, op.Output), samples: C.size_t(samples), elements: C.size_t(op.Output.Elements() / samples)}
		for i, input := range op.Inputs {
			a.input[i], a.factor[i] = pointer(m, input), pointer(m, op.Factors[i])
		}
		return func(program.Scalars) { C.run_scale(b.kernels, b.pool, a) }
	})
}
