//go:build gpu

package cuda

import (
	"errors"
	"fmt"

	"tweedie/cudnn"
	"tweedie/engine/device/arena"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

// direction is the one of cuDNN that computes a convolution.
func direction(c kernels.Convolution) cudnn.Direction {
	if c.Transposed {
		return cudnn.DataGradient
	}
	return cudnn.Forward
}

// addsProducts says whether an algorithm of cuDNN adds the products of the definition, whose error every device is held to. Those by
// Winograd and by Fourier transforms do not; the gradients of number 0 and the weight gradient of 3 give other bits each time.
func addsProducts(d cudnn.Direction, number int) bool {
	if d == cudnn.Forward {
		return number <= 3
	}
	return number == 1
}

// cudnnShape is a forward convolution in cuDNN's terms.
func cudnnShape(c kernels.Convolution) cudnn.Shape {
	s := cudnn.Shape{
		Batch: c.Samples, Height: c.Height, Width: c.Width, Channels: c.Channels, OutChannels: c.OutChannels, Kernel: c.Kernel, Stride: 1,
		BFloat16: c.Input == kernels.BFloat16,
	}
	switch c.Kernel {
	case 2:
		s.Stride = 2
	case 3:
		s.Padding = 1
	}
	return s
}

// cudnnAlgorithms are those of a direction of a forward convolution, in the order in which cuDNN expects them to be fast; none where it
// does not know the shape or is absent.
func (l *libraries) cudnnAlgorithms(c kernels.Convolution, d cudnn.Direction) ([]kernels.Algorithm, error) {
	if l.cudnn == nil {
		return nil, nil
	}
	found, _, err := l.findCUDNN(c, d)
	if err != nil && !errors.As(err, new(*cudnn.Error)) {
		return nil, err
	}
	var algorithms []kernels.Algorithm
	for _, a := range found {
		if addsProducts(d, a.Number) {
			algorithms = append(algorithms, kernels.Algorithm(fmt.Sprint(byCUDNN, " ", a.Number)))
		}
	}
	return algorithms, nil
}

func (l *libraries) findCUDNN(c kernels.Convolution, d cudnn.Direction) ([]cudnn.Algorithm, describedConvolution, error) {
	described, err := l.convolution(cudnnShape(c))
	if err != nil {
		return nil, nil, err
	}
	found, err := described.Algorithms(d)
	return found, described, err
}

// cudnnSums computes a direction of a forward convolution by the algorithm of a number, with sums in float32 that are rounded to the
// factors' type.
func (e *executable) cudnnSums(index int, c kernels.Convolution, d cudnn.Direction, number string) (sums, error) {
	found, described, err := e.device.libraries.findCUDNN(c, d)
	if err != nil {
		return sums{}, err
	}
	for _, a := range found {
		if fmt.Sprint(a.Number) != number {
			continue
		}
		work := workspace(index, "cuDNN", a.Workspace)
		s := sums{kind: c.Input, enqueue: func(m memory, first, second, result driver.Address) error {
			return described.Run(d, a, first, second, result, m[work.Name])
		}}
		if a.Workspace > 0 {
			s.spans = []*arena.Span{work}
		}
		return s, nil
	}
	return sums{}, fmt.Errorf("cuDNN has no algorithm %s for %+v", number, c)
}
