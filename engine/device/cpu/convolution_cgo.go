//go:build cgo

package cpu

// #include "kernels.h"
// static size_t convolution_packed(const struct kernels *k, const struct convolution *c) { return k->convolution_packed(c); }
// static size_t convolution_scratch(const struct kernels *k, const struct convolution *c) { return k->convolution_scratch(c); }
// static void add_convolution(const struct kernels *k, struct graph *g, const struct convolution *c) { k->convolution(g, c); }
// static size_t gradient_partial(const struct kernels *k, const struct weight_gradient *g) { return k->weight_gradient_partial(g); }
// static size_t gradient_scratch(const struct kernels *k, const struct weight_gradient *g) { return k->weight_gradient_scratch(g); }
// static void add_weight_gradient(const struct kernels *k, struct graph *graph, const struct weight_gradient *g) { k->weight_gradient(graph, g); }
import "C"

import (
	"unsafe"

	"tweedie/engine/program"
)

// pointer is the address of t's first element, NULL if it is absent.
func pointer(m memory, t program.Tensor) *C.float {
	if !t.Present() {
		return nil
	}
	return (*C.float)(m[t.Name])
}

func flag(set bool) C.int {
	if set {
		return 1
	}
	return 0
}

// kernels are those that compute the choice.
func (c choice) kernels() *C.struct_kernels {
	if c.algorithm == amx {
		return c.backend.tiles
	}
	return c.backend.kernels
}

func (c choice) convolution(op program.Convolution) step {
	transposed := program.TransposedConvolution{
		Input: op.Input, Weight: op.Weight, Residuals: op.Residuals, Mask: op.Mask, Output: op.Output, Negate: op.Negate,
	}
	return c.anyConvolution(transposed, op.Bias, op.ReLU, false)
}

func (c choice) transposedConvolution(op program.TransposedConvolution) step {
	return c.anyConvolution(op, program.Tensor{}, false, true)
}

// anyConvolution prepares a convolution, described by the fields that it shares with its adjoint, or the adjoint.
func (chosen choice) anyConvolution(op program.TransposedConvolution, bias program.Tensor, relu, transposed bool) step {
	shape, kernels := op.Input.Shape, chosen.kernels()
	c := C.struct_convolution{
		samples: C.size_t(shape[0]), height: C.size_t(shape[1]), width: C.size_t(shape[2]), channels: C.size_t(shape[3]),
		out_channels: C.size_t(op.Output.Shape[3]), kernel: C.size_t(op.Weight.Shape[2]), transposed: flag(transposed),
		winograd: flag(chosen.algorithm == winograd),
	}
	c.epilogue.negate, c.epilogue.relu = flag(op.Negate), flag(relu)
	rounds := chosen.algorithm == amx && op.Output.Type == program.BFloat16
	c.epilogue.round = flag(rounds)
	return step{
		rounds:     rounds,
		workspaces: []int{4 * int(C.convolution_packed(kernels, &c))},
		scratch:    4 * int(C.convolution_scratch(kernels, &c)),
		schedule: func(s *schedule, m memory, workspaces []unsafe.Pointer) {
			c := keep(s, c)
			c.input, c.weight = pointer(m, op.Input), pointer(m, op.Weight)
			c.epilogue.bias, c.epilogue.mask, c.epilogue.output = pointer(m, bias), pointer(m, op.Mask), pointer(m, op.Output)
			for i, residual := range op.Residuals {
				c.epilogue.residual[i] = pointer(m, residual)
			}
			c.packed, c.scratch, c.stride = (*C.float)(workspaces[0]), (*C.float)(s.scratch), C.size_t(s.stride/4)
			C.add_convolution(kernels, s.graph, c)
		},
	}
}

func (c choice) weightGradient(op program.WeightGradient) step {
	shape, kernels := op.Input.Shape, c.kernels()
	g := C.struct_weight_gradient{
		samples: C.size_t(shape[0]), height: C.size_t(shape[1]), width: C.size_t(shape[2]), channels: C.size_t(shape[3]),
		out_channels: C.size_t(op.OutputGradient.Shape[3]), kernel: C.size_t(op.WeightGradient.Shape[2]), negate: flag(op.Negate),
		winograd: flag(c.algorithm == winograd),
	}
	return step{
		workspaces: []int{4 * int(C.gradient_partial(kernels, &g))},
		scratch:    4 * int(C.gradient_scratch(kernels, &g)),
		schedule: func(s *schedule, m memory, workspaces []unsafe.Pointer) {
			g := keep(s, g)
			g.input, g.output_gradient = pointer(m, op.Input), pointer(m, op.OutputGradient)
			g.gradient, g.bias_gradient = pointer(m, op.WeightGradient), pointer(m, op.BiasGradient)
			g.partial, g.scratch, g.stride = (*C.float)(workspaces[0]), (*C.float)(s.scratch), C.size_t(s.stride/4)
			C.add_weight_gradient(kernels, s.graph, g)
		},
	}
}
