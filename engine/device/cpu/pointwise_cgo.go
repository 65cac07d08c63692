//go:build cgo

package cpu

// #include "kernels.h"
// static void schedule_add(const struct kernels *k, struct graph *g, const struct add *a) { k->add(g, a); }
// static void schedule_adam(const struct kernels *k, struct graph *g, const struct adam *a) { k->adam(g, a); }
// static void schedule_average(const struct kernels *k, struct graph *g, const struct average *a) { k->average(g, a); }
// static void schedule_squares(const struct kernels *k, struct graph *g, const struct squares *s) { k->squares(g, s); }
// static void schedule_norm(const struct kernels *k, struct graph *g, const struct norm *n) { k->norm(g, n); }
// static void schedule_mse(const struct kernels *k, struct graph *g, const struct mse *m) { k->mse(g, m); }
// static void schedule_l1(const struct kernels *k, struct graph *g, const struct l1 *l) { k->l1(g, l); }
// static void schedule_add_noise(const struct kernels *k, struct graph *g, const struct noise *n) { k->add_noise(g, n); }
// static void schedule_rounding(const struct kernels *k, struct graph *g, const struct rounding *r) { k->rounding(g, r); }
import "C"

import (
	"unsafe"

	"tweedie/engine/program"
)

func (b *backend) add(op program.Add) step {
	return scheduled(func(s *schedule, m memory) {
		samples := op.Output.Shape[0]
		a := keep(s, C.struct_add{
			mask: pointer(m, op.Mask), output: pointer(m, op.Output), samples: C.size_t(samples), elements: C.size_t(op.Output.Elements() / samples),
		})
		for i, input := range op.Inputs {
			a.input[i] = pointer(m, input)
		}
		C.schedule_add(b.kernels, s.graph, a)
	})
}

func (b *backend) adam(op program.Adam) step {
	return scheduled(func(s *schedule, m memory) {
		a := keep(s, C.struct_adam{
			weight: pointer(m, op.Weight), first: pointer(m, op.FirstMoment), second: pointer(m, op.SecondMoment),
			gradient: pointer(m, op.Gradient), norm: pointer(m, op.Norm), n: C.size_t(op.Weight.Elements()), epsilon: C.float(op.Epsilon), clip: C.float(op.Clip),
		})
		s.prepare = append(s.prepare, func(scalars program.Scalars) {
			constants := adamAt(op, scalars)
			a.beta1, a.rest1, a.beta2, a.rest2 = C.float(constants.beta1), C.float(constants.rest1), C.float(constants.beta2), C.float(constants.rest2)
			a.rate, a.correction = C.float(constants.rate), C.float(constants.correction)
		})
		C.schedule_adam(b.kernels, s.graph, a)
	})
}

func (b *backend) average(op program.Average) step {
	return scheduled(func(s *schedule, m memory) {
		a := keep(s, C.struct_average{average: pointer(m, op.Average), weight: pointer(m, op.Weight), n: C.size_t(op.Weight.Elements())})
		s.prepare = append(s.prepare, func(scalars program.Scalars) { a.rest = C.float(op.Rest(scalars)) })
		C.schedule_average(b.kernels, s.graph, a)
	})
}

func (b *backend) gradientNorm(op program.GradientNorm) step {
	count := 0 // of partial sums
	tasks := func(gradient program.Tensor) int {
		return (gradient.Elements() + C.pointwise_task - 1) / C.pointwise_task
	}
	for _, gradient := range op.Gradients {
		count += tasks(gradient)
	}
	return step{
		workspaces: []int{8 * count},
		schedule: func(s *schedule, m memory, workspaces []unsafe.Pointer) {
			partial := workspaces[0]
			for _, gradient := range op.Gradients {
				squares := keep(s, C.struct_squares{gradient: pointer(m, gradient), n: C.size_t(gradient.Elements()), partial: (*C.double)(partial)})
				C.schedule_squares(b.kernels, s.graph, squares)
				partial = unsafe.Add(partial, 8*tasks(gradient))
			}
			C.schedule_norm(b.kernels, s.graph, keep(s, C.struct_norm{partial: (*C.double)(workspaces[0]), n: C.size_t(count), norm: pointer(m, op.Norm)}))
		},
	}
}

func (b *backend) mse(op program.MSE) step {
	return scheduled(func(s *schedule, m memory) {
		samples := op.Denoised.Shape[0]
		C.schedule_mse(b.kernels, s.graph, keep(s, C.struct_mse{
			denoised: pointer(m, op.Denoised), clean: pointer(m, op.Clean), losses: pointer(m, op.Losses), gradient: pointer(m, op.Gradient),
			samples: C.size_t(samples), elements: C.size_t(op.Denoised.Elements() / samples),
		}))
	})
}

func (b *backend) l1(op program.L1) step {
	return scheduled(func(s *schedule, m memory) {
		samples := op.Denoised.Shape[0]
		C.schedule_l1(b.kernels, s.graph, keep(s, C.struct_l1{
			denoised: pointer(m, op.Denoised), clean: pointer(m, op.Clean), losses: pointer(m, op.Losses), gradient: pointer(m, op.Gradient),
			samples: C.size_t(samples), elements: C.size_t(op.Denoised.Elements() / samples),
		}))
	})
}

// addNoise draws the levels first, if the operation does, and then the noise.
func (b *backend) addNoise(op program.AddNoise) step {
	noise := scheduled(func(s *schedule, m memory) {
		samples := op.Clean.Shape[0]
		n := keep(s, C.struct_noise{
			clean: pointer(m, op.Clean), levels: pointer(m, op.Levels), noisy: pointer(m, op.Noisy),
			samples: C.size_t(samples), elements: C.size_t(op.Clean.Elements() / samples), stream: C.uint32_t(op.Stream) << 24,
		})
		n.key[0], n.key[1] = C.uint32_t(op.Seed&0xffffffff), C.uint32_t(op.Seed>>32)
		s.prepare = append(s.prepare, func(scalars program.Scalars) { n.step = C.uint32_t(scalars.Step & 0xffffffff) })
		C.schedule_add_noise(b.kernels, s.graph, n)
	})
	if op.Draws() {
		noise.bind = noWorkspace(func(m memory) func(program.Scalars) {
			levels := m.floats(op.Levels)
			return func(s program.Scalars) { drawLevels(op, s.Step, levels) }
		}).bind
	}
	return noise
}

// round rounds one tensor to bfloat16 into another or itself.
func (s *schedule) round(to, from program.Tensor, m memory) {
	samples, b := from.Shape[0], s.backend
	C.schedule_rounding(b.kernels, s.graph, keep(s, C.struct_rounding{
		from: pointer(m, from), to: pointer(m, to), samples: C.size_t(samples), elements: C.size_t(from.Elements() / samples),
	}))
}
