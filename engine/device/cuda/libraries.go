//go:build gpu

package cuda

import (
	"errors"
	"strings"

	"tweedie/cudnn"
	"tweedie/engine/device"
	"tweedie/kernels"
	"tweedie/kernels/cublas"
	"tweedie/kernels/driver"
)

// The algorithms of libraries. One of cuDNN has its number behind the name, as in "cudnn 1".
const (
	byCUBLAS = "cublas"
	byCUDNN  = "cudnn"
)

// emulated is the name of the device that scripts/cuda-emulator.sh builds, with a cuBLAS of its own.
const emulated = "Emulated device"

// libraries are those that were found when the device was opened. The kernels of package kernels do without them.
type libraries struct {
	products  *cublas.Handle // nil if there is no cuBLAS
	cudnn     convolutionLibrary
	described map[cudnn.Shape]describedConvolution
	missing   []string // why a library is absent
}

// convolutionLibrary is what is called of cuDNN, nil if there is none.
type convolutionLibrary interface {
	describe(cudnn.Shape) (describedConvolution, error)
	Close() error
}

// describedConvolution is what is called of a *cudnn.Convolution.
type describedConvolution interface {
	Algorithms(cudnn.Direction) ([]cudnn.Algorithm, error)
	Run(d cudnn.Direction, a cudnn.Algorithm, first, second, result, workspace driver.Address) error
	Close()
}

type cudnnHandle struct{ *cudnn.Handle }

func (h cudnnHandle) describe(s cudnn.Shape) (describedConvolution, error) {
	return h.NewConvolution(s)
}

// openLibraries opens what is there. It is called inside do, as all here.
func openLibraries(d *driver.Device, s driver.Stream) *libraries {
	l := &libraries{described: map[cudnn.Shape]describedConvolution{}}
	var err error
	if l.products, err = cublas.Open(s); err != nil {
		l.products = nil
		l.missing = append(l.missing, err.Error())
	}
	if d.Info().Name == emulated {
		l.missing = append(l.missing, "no cuDNN: it is not emulated")
	} else if h, err := cudnn.Open(s); err != nil {
		l.missing = append(l.missing, err.Error())
	} else {
		l.cudnn = cudnnHandle{h}
	}
	return l
}

// absent says in one sentence what there is less to choose from, and why.
func (l *libraries) absent() string {
	if len(l.missing) == 0 {
		return ""
	}
	return "there are fewer algorithms to choose from: " + strings.Join(l.missing, "; ")
}

func (l *libraries) close() error {
	var errs []error
	for _, c := range l.described {
		c.Close()
	}
	if l.cudnn != nil {
		errs = append(errs, l.cudnn.Close())
	}
	if l.products != nil {
		errs = append(errs, l.products.Close())
	}
	return errors.Join(errs...)
}

// convolution is a shape that cuDNN knows from then on.
func (l *libraries) convolution(s cudnn.Shape) (describedConvolution, error) {
	if known, found := l.described[s]; found {
		return known, nil
	}
	c, err := l.cudnn.describe(s)
	if err == nil {
		l.described[s] = c
	}
	return c, err
}

// ofLibrary says whether an algorithm is a library's.
func ofLibrary(a kernels.Algorithm) bool {
	name, _, _ := strings.Cut(string(a), " ")
	return name == byCUBLAS || name == byCUDNN
}

// convolutionAlgorithms are those of libraries for a convolution. roundable: the sums may be rounded to the output's type before the rest
// is done, since nothing is added to them.
func (l *libraries) convolutionAlgorithms(c kernels.Convolution, roundable bool) ([]kernels.Algorithm, error) {
	var algorithms []kernels.Algorithm
	if l.products != nil && c.Kernel != 3 {
		algorithms = append(algorithms, byCUBLAS)
	}
	if c.Input == kernels.BFloat16 && !(roundable && c.Output == kernels.BFloat16) { // cuDNN rounds its sums to the input's type
		return algorithms, nil
	}
	own, err := l.cudnnAlgorithms(forward(c), direction(c))
	return append(algorithms, own...), err
}

// weightGradientAlgorithms are those of libraries for a weight gradient, whose two factors they want in one type.
func (l *libraries) weightGradientAlgorithms(g kernels.WeightGradient) ([]kernels.Algorithm, error) {
	var algorithms []kernels.Algorithm
	if l.products != nil && g.Kernel != 3 && g.Input == g.OutputGradient {
		algorithms = append(algorithms, byCUBLAS)
	}
	if g.Input != kernels.Float32 || g.OutputGradient != kernels.Float32 { // cuDNN would round the gradient to bfloat16
		return algorithms, nil
	}
	own, err := l.cudnnAlgorithms(convolutionOf(g), cudnn.WeightGradient)
	return append(algorithms, own...), err
}

// forward is the convolution itself or, of an adjoint, the one whose adjoint it is. Its input's type is the factors'.
func forward(c kernels.Convolution) kernels.Convolution {
	if !c.Transposed {
		return c
	}
	if c.Kernel == 2 {
		c.Height, c.Width = 2*c.Height, 2*c.Width
	}
	c.Channels, c.OutChannels, c.Transposed = c.OutChannels, c.Channels, false
	return c
}

// convolutionOf is the convolution whose weight gradient g is.
func convolutionOf(g kernels.WeightGradient) kernels.Convolution {
	return kernels.Convolution{
		Samples: g.Samples, Height: g.Height, Width: g.Width, Channels: g.Channels, OutChannels: g.OutChannels, Kernel: g.Kernel,
		Input: g.Input, Output: kernels.Float32,
	}
}

// unavailable says of an algorithm that could not be timed that it is one of a library that does not take the operation, or that takes too
// much memory for it, so that others are left.
func unavailable(a kernels.Algorithm, err error) bool {
	refused := errors.As(err, new(*cublas.Error)) || errors.As(err, new(*cudnn.Error)) || errors.As(err, new(*device.MemoryError))
	return refused && ofLibrary(a)
}
