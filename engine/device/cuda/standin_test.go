//go:build gpu

package cuda

import (
	"errors"
	"fmt"

	"tweedie/cudnn"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

// standIn takes the place of cuDNN, which is not emulated: it takes what cuDNN takes, in cuDNN's order of a weight and with its rounding of
// results, and computes by our own kernels. It proves that cuDNN is asked for the right thing; what cuDNN answers, only a GPU shows.
type standIn struct {
	device *Device
	runs   int
	fails  error // of each run
}

// withStandIn opens a device whose cuDNN is a stand-in, unless there is a real one.
func withStandIn(options Options) (*Device, *standIn, error) {
	d, err := New(options)
	if err != nil {
		return nil, nil, err
	}
	s := &standIn{device: d}
	if d.libraries.cudnn == nil {
		d.libraries.cudnn = s
	}
	return d, s, nil
}

func (s *standIn) Close() error { return nil }

func (s *standIn) describe(shape cudnn.Shape) (describedConvolution, error) {
	c := kernels.Convolution{
		Samples: shape.Batch, Height: shape.Height, Width: shape.Width, Channels: shape.Channels, OutChannels: shape.OutChannels,
		Kernel: shape.Kernel,
	}
	stride, padding := 1, 0
	if shape.Kernel == 2 {
		stride = 2
	}
	if shape.Kernel == 3 {
		padding = 1
	}
	if shape.Stride != stride || shape.Padding != padding {
		return nil, fmt.Errorf("a %v with padding %d is none of ours", shape, shape.Padding)
	}
	if shape.BFloat16 {
		c.Input, c.Output = kernels.BFloat16, kernels.BFloat16
	}
	d := &standInConvolution{standIn: s, c: c}
	weights := int64(shape.Kernel * shape.Kernel * shape.Channels * shape.OutChannels)
	for place, bytes := range map[*driver.Address]int64{
		&d.turned: 4 * weights, &d.single: 4 * weights, &d.packed: max(c.PackedBytes(kernels.Direct), d.adjoint().PackedBytes(kernels.Direct)),
		&d.slices: d.gradient().WorkspaceBytes(kernels.Direct),
	} {
		var err error
		if *place, err = driver.Allocate(bytes); err != nil {
			return nil, err
		}
	}
	return d, nil
}

type standInConvolution struct {
	*standIn
	c                              kernels.Convolution
	turned, single, packed, slices driver.Address
}

func (d *standInConvolution) adjoint() kernels.Convolution {
	c := d.c
	c.Channels, c.OutChannels, c.Transposed = c.OutChannels, c.Channels, true
	if c.Kernel == 2 {
		c.Height, c.Width = c.Height/2, c.Width/2
	}
	return c
}

func (d *standInConvolution) gradient() kernels.WeightGradient {
	return kernels.WeightGradient{
		Samples: d.c.Samples, Height: d.c.Height, Width: d.c.Width, Channels: d.c.Channels, OutChannels: d.c.OutChannels, Kernel: d.c.Kernel,
	}
}

const standInWorkspace = 1000

// Algorithms are one with a workspace, one by a transform, which is not to be chosen, and forward another without a workspace.
func (d *standInConvolution) Algorithms(of cudnn.Direction) ([]cudnn.Algorithm, error) {
	if of == cudnn.WeightGradient && d.c.Input == kernels.BFloat16 {
		return nil, nil
	}
	list := []cudnn.Algorithm{{Number: 1, Workspace: standInWorkspace}, {Number: 5}}
	if of == cudnn.Forward {
		list = append(list, cudnn.Algorithm{Number: 0})
	}
	return list, nil
}

func (d *standInConvolution) Run(of cudnn.Direction, a cudnn.Algorithm, first, second, result, workspace driver.Address) error {
	d.runs++
	if d.fails != nil {
		return d.fails
	}
	k, stream, taps := d.device.kernels, d.device.stream, d.c.Kernel*d.c.Kernel
	if (workspace != 0) != (a.Workspace > 0) || a.Number == 5 {
		return fmt.Errorf("algorithm %d is run with a workspace at %d", a.Number, workspace)
	}
	if workspace != 0 {
		if err := stream.Fill(workspace, 0x7fc00000, standInWorkspace/4); err != nil {
			return err
		}
	}
	if of == cudnn.WeightGradient {
		return errors.Join(k.WeightGradient(stream, d.gradient(), kernels.Direct, kernels.WeightGradientArrays{
			Input: first, OutputGradient: second, Gradient: d.turned, Workspace: d.slices,
		}), k.Exchange(stream, kernels.Exchange{
			Input: kernels.Array{Address: d.turned}, Output: kernels.Array{Address: result}, Rows: d.c.OutChannels, First: d.c.Channels,
			Second: taps, Length: 1,
		}))
	}
	c := d.c
	if of == cudnn.DataGradient {
		c = d.adjoint()
	}
	turned := kernels.Array{Address: d.turned, Type: c.Input}
	return errors.Join(
		k.Exchange(stream, kernels.Exchange{
			Input: kernels.Array{Address: second, Type: c.Input}, Output: turned, Rows: d.c.OutChannels, First: taps,
			Second: d.c.Channels, Length: 1,
		}),
		k.Epilogue(stream, kernels.Epilogue{ // to float32
			Sums: turned, Output: kernels.Array{Address: d.single}, Elements: taps * d.c.Channels * d.c.OutChannels, Channels: d.c.OutChannels,
		}),
		k.PackWeights(stream, []kernels.Packing{{Convolution: c, Algorithm: kernels.Direct, Weight: d.single, Packed: d.packed}}),
		k.Convolve(stream, c, kernels.Direct, kernels.ConvolutionArrays{Input: first, Packed: d.packed, Output: result}),
	)
}

func (d *standInConvolution) Close() {
	for _, place := range []driver.Address{d.turned, d.single, d.packed, d.slices} {
		if err := driver.Free(place); err != nil {
			panic(err)
		}
	}
}
