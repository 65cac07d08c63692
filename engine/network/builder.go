package network

import (
	"math"

	"tweedie/engine/program"
)

// builder collects a forward pass and the parameters it meets.
type builder struct {
	operations []program.Operation
	parameters []Parameter
	denoised   program.Tensor
	prefix     string
	roles      roles

	activations program.Type
	answer      program.Tensor   // what the wiring writes last
	noisy       program.Tensor   // the images as the network is given them, without a noise map
	residuals   []program.Tensor // what is added to it: the noisy images, unless the network is preconditioned

	// of a composed network for any size: its first mistake, and what Network says of it
	err              error
	multiple, radius int
}

// temporary is an activation like t, at 1/scale of its size, with the given number of channels.
func (b *builder) temporary(name string, t program.Tensor, scale, channels int) program.Tensor {
	return program.Tensor{Name: name, Shape: []int{t.Shape[0], t.Shape[1] / scale, t.Shape[2] / scale, channels}, Type: b.activations}
}

// image is a temporary of t's size in full precision.
func (b *builder) image(name string, t program.Tensor, channels int) program.Tensor {
	return program.Tensor{Name: name, Shape: []int{t.Shape[0], t.Shape[1], t.Shape[2], channels}}
}

// number is a temporary with one number for each sample of t.
func (b *builder) number(name string, t program.Tensor) program.Tensor {
	return program.Tensor{Name: name, Shape: t.Shape[:1]}
}

// reshape appends the same elements in another shape.
func (b *builder) reshape(name string, t program.Tensor, height, width, channels int) program.Tensor {
	output := program.Tensor{Name: name, Shape: []int{t.Shape[0], height, width, channels}, Type: t.Type}
	return b.append(program.Reshape{Input: t, Output: output})
}

// weight declares a convolution's or a dense product's weight, drawn by He et al. (2015) for rectifiers, times scale: deviation sqrt(2 / fan-in),
// where PyTorch's fan-in is the second dimension times the kernel's area, for transposed convolutions too.
func (b *builder) weight(name string, scale float64, shape ...int) program.Tensor {
	fanIn := 1
	for _, length := range shape[1:] {
		fanIn *= length
	}
	return b.parameter(Parameter{Name: name, Shape: shape, Deviation: scale * math.Sqrt(2/float64(fanIn))})
}

func (b *builder) bias(name string, channels int) program.Tensor {
	return b.parameter(Parameter{Name: name, Shape: []int{channels}})
}

func (b *builder) parameter(p Parameter) program.Tensor {
	b.parameters = append(b.parameters, p)
	return p.tensor(b.prefix, b.roles.weight)
}

func (b *builder) append(operation program.Operation) program.Tensor {
	b.operations = append(b.operations, operation)
	return operation.Writes()[0]
}

// dense stands for the kernel of a dense product: a 1x1 convolution of vectors, whose weight has two dimensions in PyTorch.
const dense = 0

// product is a convolution of a kernel, 1 to 3 or dense, with a bias, and its parameters.
func (b *builder) product(name string, kernel int, scale float64, input, output program.Tensor, residuals ...program.Tensor) program.Convolution {
	shape := []int{output.Shape[3], input.Shape[3], kernel, kernel}
	if kernel == dense {
		shape = shape[:2]
	}
	return program.Convolution{
		Input: input, Weight: b.weight(name+".weight", scale, shape...), Bias: b.bias(name+".bias", shape[0]), Residuals: residuals, Output: output,
	}
}

// subtracted appends the last product of a network, whose result is subtracted from the noisy images.
func (b *builder) subtracted(name string, kernel int, input program.Tensor) program.Tensor {
	last := b.product(name, kernel, quietStart, input, b.answer, b.residuals...)
	last.Negate = true
	return b.append(last)
}

func (b *builder) silu(name string, input program.Tensor) program.Tensor {
	return b.append(program.SiLU{Input: input, Output: b.temporary(name, input, 1, input.Shape[3])})
}

// latent is the tensor that an encoder's part of a network ends in and a decoder's begins with.
func (b *builder) latent(t program.Tensor, height, width, channels int) program.Tensor {
	return program.Tensor{Name: latentName, Shape: []int{t.Shape[0], height, width, channels}, Role: b.roles.latent}
}

const latentName = "latent"

// latentAt is the latent and the index behind the operation that writes it.
func (b *builder) latentAt() (int, program.Tensor) {
	for i, operation := range b.operations {
		if output := operation.Writes()[0]; output.Name == latentName {
			return i + 1, output
		}
	}
	return 0, program.Tensor{}
}
