//go:build gpu

package cuda

import (
	"errors"

	"tweedie/engine/device/arena"
	"tweedie/kernels"
	"tweedie/kernels/cublas"
	"tweedie/kernels/driver"
)

// patching is a convolution whose patches do not overlap, 1x1 or 2x2, as a product of matrices: of a row of taps x channels for each patch
// of the image, and of one for each output channel. At 2x2 the patches are rearranged pixels: of two rows of an image, pixels (row, patch,
// column) are (patch, row, column) of the matrix.
type patching struct {
	rows, columns, outputs int
	gather, scatter        kernels.Exchange
}

func patches(c kernels.Convolution) patching {
	height, width := c.Height/c.Kernel, c.Width/c.Kernel
	gather := kernels.Exchange{Rows: c.Samples * height, First: c.Kernel, Second: width, Length: c.Kernel * c.Channels}
	scatter := gather
	scatter.First, scatter.Second = gather.Second, gather.First
	return patching{c.Samples * height * width, c.Kernel * c.Kernel * c.Channels, c.OutChannels, gather, scatter}
}

// needed says whether the matrix lies in another order than the image.
func (p patching) needed() bool { return p.gather.First > 1 }

// bytes are those of the matrix.
func (p patching) bytes(kind kernels.Type) int64 {
	return int64(p.rows) * int64(p.columns) * int64(kind.Bytes())
}

func matrix(at driver.Address, stride int, kind kernels.Type) cublas.Matrix {
	return cublas.Matrix{Address: at, Stride: stride, BFloat16: kind == kernels.BFloat16}
}

func transposed(m cublas.Matrix) cublas.Matrix {
	m.Transposed = true
	return m
}

// convolutionProducts computes sums of a type, in float32 before the result is rounded to it: patches by weight' or, of an adjoint, the
// patches input by weight.
func (e *executable) convolutionProducts(index int, c kernels.Convolution, kind kernels.Type) sums {
	p := patches(forward(c))
	work := e.productWorkspace(index)
	s := sums{kind: kind, spans: []*arena.Span{work}}
	of := c.Input
	if c.Transposed {
		of = kind
	}
	gathered := workspace(index, "patches", p.bytes(of))
	if p.needed() {
		s.spans = append(s.spans, gathered)
	}
	s.enqueue = func(m memory, input, weight, result driver.Address) error {
		at := m[gathered.Name]
		if c.Transposed {
			if !p.needed() {
				at = result
			}
			err := e.multiply(m[work.Name], p.rows, p.columns, p.outputs, matrix(input, p.outputs, c.Input), matrix(weight, p.columns, c.Input),
				matrix(at, p.columns, kind))
			if err != nil || !p.needed() {
				return err
			}
			return e.exchange(p.scatter, at, result, kind)
		}
		if !p.needed() {
			at = input
		} else if err := e.exchange(p.gather, input, at, c.Input); err != nil {
			return err
		}
		return e.multiply(m[work.Name], p.rows, p.outputs, p.columns, matrix(at, p.columns, c.Input),
			transposed(matrix(weight, p.columns, c.Input)), matrix(result, p.outputs, kind))
	}
	return s
}

// weightGradientProducts computes outputGradient' by patches.
func (e *executable) weightGradientProducts(index int, g kernels.WeightGradient) sums {
	p := patches(convolutionOf(g))
	work, gathered := e.productWorkspace(index), workspace(index, "patches", p.bytes(g.Input))
	s := sums{kind: kernels.Float32, spans: []*arena.Span{work}}
	if p.needed() {
		s.spans = append(s.spans, gathered)
	}
	s.enqueue = func(m memory, input, gradient, result driver.Address) error {
		if p.needed() {
			if err := e.exchange(p.gather, input, m[gathered.Name], g.Input); err != nil {
				return err
			}
			input = m[gathered.Name]
		}
		return e.multiply(m[work.Name], p.outputs, p.columns, p.rows, transposed(matrix(gradient, p.outputs, g.Input)),
			matrix(input, p.columns, g.Input), matrix(result, p.columns, kernels.Float32))
	}
	return s
}

// productWorkspace is memory for cuBLAS: what NVIDIA advises for a device's generation.
func (e *executable) productWorkspace(index int) *arena.Span {
	bytes := int64(cublas.WorkspaceBytes)
	if e.device.driver.Info().Capability[0] < 9 {
		bytes = 4 << 20
	}
	return workspace(index, "products", bytes)
}

// multiply enqueues c = a b, of m x k by k x n, with a workspace of its own, since a graph may not allocate.
func (e *executable) multiply(work driver.Address, m, n, k int, a, b, c cublas.Matrix) error {
	h := e.device.libraries.products
	return errors.Join(h.UseWorkspace(work, int64(e.productWorkspace(0).Bytes)), h.Multiply(m, n, k, 1, a, b, 0, c))
}

func (e *executable) exchange(x kernels.Exchange, from, to driver.Address, kind kernels.Type) error {
	x.Input, x.Output = kernels.Array{Address: from, Type: kind}, kernels.Array{Address: to, Type: kind}
	return e.device.kernels.Exchange(e.device.stream, x)
}
