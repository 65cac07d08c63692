// Package network holds the architectures: which parameters they have, how they start, and the operations of their forward pass. Names,
// wiring and tensor names are those of the PyTorch networks that users know, so that weights travel both ways.
package network

import (
	"fmt"
	"math"

	"tweedie/engine/program"
	"tweedie/engine/random"
)

// Parameter is one weight or bias.
type Parameter struct {
	Name  string // as in PyTorch's state dict
	Shape []int  // OIHW; a transposed convolution's is (input channels, output channels, height, width)
	// Deviation is the standard deviation of the normal distribution that the parameter is drawn from at the start; 0 for biases.
	Deviation float64
}

// Network is one architecture.
type Network struct {
	Name     string
	NoiseMap bool // a second input channel holds each sample's noise level
	// Multiple is what the height and width of an image must be multiples of.
	Multiple int
	// Padding is what denoising extends images to multiples of: Multiple, or more where published figures were measured so.
	Padding int
	// Radius is how far, in pixels and for tiles that start at multiples of Multiple, an output depends on inputs.
	Radius     int
	Parameters []Parameter
	// Activations is the type of what convolutions hand to each other: Float32, or BFloat16 to compute in that precision. Images
	// and weights are Float32 in any case.
	Activations program.Type

	wire func(b *builder, input, noisy program.Tensor) program.Tensor
}

// Parse returns the network of a name: dncnn[DEPTHxCHANNELS] or unet[CHANNELSxCHANNELS...][bBLOCKS].
func Parse(name string, noiseMap bool) (*Network, error) {
	for _, parse := range []func(string) (*Network, bool, error){parseDnCNN, parseUNet} {
		n, known, err := parse(name)
		if err != nil {
			return nil, fmt.Errorf("network %q: %w", name, err)
		}
		if known {
			n.Name, n.NoiseMap = name, noiseMap
			n.declare()
			return n, nil
		}
	}
	return nil, fmt.Errorf("unknown network %q: write dncnnDEPTHxCHANNELS (dncnn17x64) or unetCHANNELSxCHANNELS...bBLOCKS (unet32x64x128b1)", name)
}

// declare finds the parameters by wiring the network once at its smallest size.
func (n *Network) declare() {
	noisy := program.Tensor{Name: "noisy", Shape: []int{1, n.Multiple, n.Multiple, 1}}
	b := n.build(noisy, program.Tensor{Name: "levels", Shape: []int{1}}, "", program.Weight)
	n.Parameters = b.parameters
}

// Forward returns the operations from the noisy images (samples, height, width, 1) and their levels (samples, used with NoiseMap only)
// to the denoised images. Weights are the tensors prefix + parameter name, of the given role.
func (n *Network) Forward(noisy, levels program.Tensor, prefix string, role program.Role) ([]program.Operation, program.Tensor) {
	b := n.build(noisy, levels, prefix, role)
	return b.operations, b.denoised
}

func (n *Network) build(noisy, levels program.Tensor, prefix string, role program.Role) *builder {
	b := &builder{prefix: prefix, role: role, activations: n.Activations}
	input := noisy
	if n.NoiseMap {
		input = b.image("map", noisy, 2)
		b.operations = append(b.operations, program.NoiseMap{Input: noisy, Level: levels, Output: input})
	}
	b.denoised = n.wire(b, input, noisy)
	return b
}

// Tensors lists the parameters as tensors of the given prefix and role.
func (n *Network) Tensors(prefix string, role program.Role) []program.Tensor {
	tensors := make([]program.Tensor, len(n.Parameters))
	for i, parameter := range n.Parameters {
		tensors[i] = program.Tensor{Name: prefix + parameter.Name, Shape: parameter.Shape, Role: role}
	}
	return tensors
}

// Count is the number of parameters' elements.
func (n *Network) Count() int {
	count := 0
	for _, tensor := range n.Tensors("", program.Weight) {
		count += tensor.Elements()
	}
	return count
}

// Initial draws the parameter of an index for a seed: normal with its Deviation, each element from its own counter.
func (n *Network) Initial(seed uint64, index int) []float32 {
	parameter := n.Parameters[index]
	values := make([]float32, program.Tensor{Shape: parameter.Shape}.Elements())
	if parameter.Deviation == 0 {
		return values
	}
	for i := range values {
		normals := random.Normals(random.Words(seed, random.Initialisation, 0, uint32(index), uint32(i/4)))
		values[i] = float32(parameter.Deviation * normals[i%4])
	}
	return values
}

// builder collects a forward pass and the parameters it meets.
type builder struct {
	operations []program.Operation
	parameters []Parameter
	denoised   program.Tensor
	prefix     string
	role       program.Role

	activations program.Type
}

// temporary is an activation like t, at 1/scale of its size, with the given number of channels.
func (b *builder) temporary(name string, t program.Tensor, scale, channels int) program.Tensor {
	return program.Tensor{Name: name, Shape: []int{t.Shape[0], t.Shape[1] / scale, t.Shape[2] / scale, channels}, Type: b.activations}
}

// image is a temporary of t's size in full precision.
func (b *builder) image(name string, t program.Tensor, channels int) program.Tensor {
	return program.Tensor{Name: name, Shape: []int{t.Shape[0], t.Shape[1], t.Shape[2], channels}}
}

// weight declares a convolution's weight, drawn by He et al. (2015) for rectifiers, times scale: deviation sqrt(2 / fan-in), where
// PyTorch's fan-in is the second dimension times the kernel's area, for transposed convolutions too.
func (b *builder) weight(name string, scale float64, shape ...int) program.Tensor {
	fanIn := shape[1] * shape[2] * shape[3]
	b.parameters = append(b.parameters, Parameter{Name: name, Shape: shape, Deviation: scale * math.Sqrt(2/float64(fanIn))})
	return program.Tensor{Name: b.prefix + name, Shape: shape, Role: b.role}
}

func (b *builder) bias(name string, channels int) program.Tensor {
	b.parameters = append(b.parameters, Parameter{Name: name, Shape: []int{channels}})
	return program.Tensor{Name: b.prefix + name, Shape: []int{channels}, Role: b.role}
}

func (b *builder) append(operation program.Operation) program.Tensor {
	b.operations = append(b.operations, operation)
	return operation.Writes()[0]
}

const (
	maximumChannels = 4096
	maximumDepth    = 1000
)

// quietStart scales the last convolution and each residual block's second one, so that training starts near the identity.
const quietStart = 0.1
