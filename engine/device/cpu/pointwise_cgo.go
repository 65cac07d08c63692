//go:build cgo

package cpu

// #include "kernels.h"
// static void run_add(const struct kernels *k, struct pool *p, const struct add *a) { k->add(p, a); }
// static void run_adam(const struct kernels *k, struct pool *p, const struct adam *a) { k->adam(p, a); }
// static void run_average(const struct kernels *k, struct pool *p, const struct average *a) { k->average(p, a); }
// static double norm_add(const struct kernels *k, struct pool *p, const struct norm *n, double sum) { return k->norm_add(p, n, sum); }
// static void run_mse(const struct kernels *k, struct pool *p, const struct mse *m) { k->mse(p, m); }
// static void run_l1(const struct kernels *k, struct pool *p, const struct l1 *l) { k->l1(p, l); }
// static void run_add_noise(const struct kernels *k, struct pool *p, const struct noise *n) { k->add_noise(p, n); }
import "C"

import (
	"math"
	"unsafe"

	"tweedie/engine/program"
)

func (b *backend) add(op program.Add) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		a := &C.struct_add{mask: pointer(m, op.Mask), output: pointer(m, op.Output), n: C.size_t(op.Output.Elements())}
		for i, input := range op.Inputs {
			a.input[i] = pointer(m, input)
		}
		return func(program.Scalars) { C.run_add(b.kernels, b.pool, a) }
	})
}

func (b *backend) adam(op program.Adam) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		a := &C.struct_adam{
			weight: pointer(m, op.Weight), first: pointer(m, op.FirstMoment), second: pointer(m, op.SecondMoment),
			gradient: pointer(m, op.Gradient), norm: pointer(m, op.Norm), n: C.size_t(op.Weight.Elements()), epsilon: C.float(op.Epsilon), clip: C.float(op.Clip),
		}
		return func(s program.Scalars) {
			constants := adamAt(op, s)
			a.beta1, a.rest1, a.beta2, a.rest2 = C.float(constants.beta1), C.float(constants.rest1), C.float(constants.beta2), C.float(constants.rest2)
			a.rate, a.correction = C.float(constants.rate), C.float(constants.correction)
			C.run_adam(b.kernels, b.pool, a)
		}
	})
}

func (b *backend) average(op program.Average) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		a := &C.struct_average{average: pointer(m, op.Average), weight: pointer(m, op.Weight), n: C.size_t(op.Weight.Elements())}
		return func(s program.Scalars) {
			a.rest = C.float(op.Rest(s))
			C.run_average(b.kernels, b.pool, a)
		}
	})
}

func (b *backend) gradientNorm(op program.GradientNorm) step {
	longest := 0
	for _, gradient := range op.Gradients {
		longest = max(longest, gradient.Elements())
	}
	return step{
		workspaces: []int{8 * ((longest + C.pointwise_task - 1) / C.pointwise_task)},
		bind: func(m memory, workspaces []unsafe.Pointer) func(program.Scalars) {
			norms := make([]*C.struct_norm, len(op.Gradients))
			for i, gradient := range op.Gradients {
				norms[i] = &C.struct_norm{gradient: pointer(m, gradient), n: C.size_t(gradient.Elements()), partial: (*C.double)(workspaces[0])}
			}
			result := m.floats(op.Norm)
			return func(program.Scalars) {
				sum := C.double(0)
				for _, norm := range norms {
					sum = C.norm_add(b.kernels, b.pool, norm, sum)
				}
				result[0] = float32(math.Sqrt(float64(sum)))
			}
		},
	}
}

func (b *backend) mse(op program.MSE) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		samples := op.Denoised.Shape[0]
		e := &C.struct_mse{
			denoised: pointer(m, op.Denoised), clean: pointer(m, op.Clean), losses: pointer(m, op.Losses), gradient: pointer(m, op.Gradient),
			samples: C.size_t(samples), elements: C.size_t(op.Denoised.Elements() / samples),
		}
		return func(program.Scalars) { C.run_mse(b.kernels, b.pool, e) }
	})
}

func (b *backend) l1(op program.L1) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		samples := op.Denoised.Shape[0]
		l := &C.struct_l1{
			denoised: pointer(m, op.Denoised), clean: pointer(m, op.Clean), losses: pointer(m, op.Losses), gradient: pointer(m, op.Gradient),
			samples: C.size_t(samples), elements: C.size_t(op.Denoised.Elements() / samples),
		}
		return func(program.Scalars) { C.run_l1(b.kernels, b.pool, l) }
	})
}

func (b *backend) addNoise(op program.AddNoise) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		samples, levels := op.Clean.Shape[0], m.floats(op.Levels)
		n := &C.struct_noise{
			clean: pointer(m, op.Clean), levels: pointer(m, op.Levels), noisy: pointer(m, op.Noisy),
			samples: C.size_t(samples), elements: C.size_t(op.Clean.Elements() / samples), stream: C.uint32_t(op.Stream) << 24,
		}
		n.key[0], n.key[1] = C.uint32_t(op.Seed&0xffffffff), C.uint32_t(op.Seed>>32)
		return func(s program.Scalars) {
			if op.Draws() {
				drawLevels(op, s.Step, levels)
			}
			n.step = C.uint32_t(s.Step & 0xffffffff)
			C.run_add_noise(b.kernels, b.pool, n)
		}
	})
}
