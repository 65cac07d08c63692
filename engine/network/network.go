// Package network holds the architectures: which parameters they have, how they start, and the operations of their forward pass. Names,
// wiring and tensor names are those of the PyTorch networks that users know, so that weights travel both ways.
package network

import (
	"fmt"

	"tweedie/engine/program"
	"tweedie/engine/random"
)

// Parameter is one weight or bias.
type Parameter struct {
	Name  string // as in PyTorch's state dict
	Shape []int  // OIHW; a transposed convolution's is (input channels, output channels, height, width), a dense product's (outputs, inputs)
	// Deviation is the standard deviation of the normal distribution that the parameter is drawn from at the start; 0 for biases.
	Deviation float64
	// Fixed parameters follow from the training images and are not trained.
	Fixed bool
}

// tensor is the parameter in programs: a dense product is a 1x1 convolution.
func (p Parameter) tensor(prefix string, role program.Role) program.Tensor {
	shape := p.Shape
	if len(shape) == 2 {
		shape = []int{shape[0], shape[1], 1, 1}
	}
	return program.Tensor{Name: prefix + p.Name, Shape: shape, Role: role}
}

// Network is one architecture.
type Network struct {
	Description
	// Height and Width are what images must have; both are 0 if any size will do.
	Height, Width int
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

	hasLatent bool
	flat      bool // the wiring takes and returns images as vectors (samples, 1, 1, height * width)
	wire      func(b *builder, input program.Tensor) program.Tensor
}

// Description is all that tells one network from another; a model's file carries it.
type Description struct {
	Name     string
	NoiseMap bool // a second input channel holds each sample's noise level, or its logarithm if the network is preconditioned
	// SigmaData, if it is not 0, is the root mean square of the clean signal, and the network is preconditioned by it: see program.Precondition.
	SigmaData float64
	// Axes, in place of SigmaData, preconditions along the principal axes of the clean images, see axes.go. The network takes images of one size.
	Axes bool
	// Domain is where the network works; the zero value is the image itself.
	Domain Domain
	// Layers make up the network that is named layers, and no other.
	Layers []Layer
}

// Network returns the network of a description. Names are dncnn[DEPTHxCHANNELS], unet[CHANNELSxCHANNELS...][bBLOCKS], resnetCHANNELSbBLOCKS,
// autoencoder[HEIGHTxWIDTH-]CHANNELSxCHANNELS...(m|v)LATENT, mlpHEIGHTxWIDTH-UNITSxUNITS..., and layers[HEIGHTxWIDTH], which Layers make up. A mistake in
// one of those is a *LayerError.
func (d Description) Network() (*Network, error) {
	if !(d.SigmaData >= 0 && d.SigmaData < 1e6) {
		return nil, fmt.Errorf("network %q: a root mean square of %v is not within 0 and 1e6", d.Name, d.SigmaData)
	}
	if err := d.Domain.check(); err != nil {
		return nil, fmt.Errorf("network %q: %w", d.Name, err)
	}
	if d.Axes && d.SigmaData > 0 {
		return nil, fmt.Errorf("network %q: axes precondition by the variances of the images, and sigma_data by one number; leave one of them out", d.Name)
	}
	if d.Domain != (Domain{}) && d.preconditioned() {
		return nil, fmt.Errorf("network %q: sigma_data and axes precondition for noise as it is in the image; leave them out, or choose the domain %q", d.Name, Linear)
	}
	if len(d.Layers) > 0 && !layersName.MatchString(d.Name) {
		return nil, fmt.Errorf("network %q has tables [[network.layer]], too; name it layers, or layers28x28 for images of 28x28 pixels alone, or remove them", d.Name)
	}
	for _, parse := range []func(string) (*Network, bool, error){parseDnCNN, parseUNet, parseResNet, parseAutoencoder, parseMLP, d.parseLayers} {
		n, known, err := parse(d.Name)
		if err != nil {
			return nil, fmt.Errorf("network %q: %w", d.Name, err)
		}
		if known {
			if n.hasLatent && d.preconditioned() {
				return nil, fmt.Errorf("network %q: preconditioning adds the noisy image to the result, and an autoencoder has no such skip; leave sigma_data and axes out", d.Name)
			}
			if d.Axes && (n.Height == 0 || n.Height*n.Width > mostAxes) {
				return nil, fmt.Errorf("network %q: axes are those of images of one size, of at most %d pixels; name an mlp8x8-256x256, or layers8x8 of dense layers", d.Name, mostAxes)
			}
			n.Description = d
			return n, n.declare()
		}
	}
	return nil, fmt.Errorf("unknown network %q: write one such as dncnn17x64, unet32x64x128b1, resnet64b8, autoencoder32x64m8, "+
		"autoencoder28x28-32x64v16 or mlp28x28-512x512; docs/networks.md says what the numbers are", d.Name)
}

// Parse returns the network of a name without preconditioning.
func Parse(name string, noiseMap bool) (*Network, error) {
	return Description{Name: name, NoiseMap: noiseMap}.Network()
}

// declare finds the parameters by wiring the network once at its smallest size.
func (n *Network) declare() error {
	b := n.smallest()
	if b.err != nil {
		return b.err
	}
	n.Parameters = b.parameters
	if len(n.Layers) > 0 && n.Height == 0 {
		n.Multiple, n.Padding, n.Radius = b.multiple, b.multiple, b.radius
	}
	return nil
}

// Check reports a composed network that its Activations make impossible: sums of tensors of different types.
func (n *Network) Check() error {
	return n.smallest().err
}

// smallest wires the network for one image of the smallest size that it takes.
func (n *Network) smallest() *builder {
	noisy := program.Tensor{Name: "noisy", Shape: []int{1, max(n.Height, n.Multiple), max(n.Width, n.Multiple), 1}}
	return n.build(noisy, program.Tensor{Name: "levels", Shape: []int{1}}, roles{weight: program.Weight}, "")
}

// TakesLevels says whether the network is told each sample's noise level.
func (n *Network) TakesLevels() bool { return n.NoiseMap || n.preconditioned() }

func (d Description) preconditioned() bool { return d.SigmaData > 0 || d.Axes }

// FitsSize reports an image of a size that the network cannot take, whatever it is extended by.
func (n *Network) FitsSize(height, width int) error {
	if n.Height > 0 && (height != n.Height || width != n.Width) {
		return fmt.Errorf("network %s takes images of %d x %d pixels (height x width) only, and this one has %d x %d; cut or scale it, or train a convolutional network, which takes any size",
			n.Name, n.Height, n.Width, height, width)
	}
	return nil
}

// Forward returns the operations from the noisy images (samples, height, width, 1) and their levels (samples, used if TakesLevels) to the denoised
// images, a temporary. Weights are the tensors prefix + parameter name, of the given role.
func (n *Network) Forward(noisy, levels program.Tensor, prefix string, role program.Role) ([]program.Operation, program.Tensor) {
	return n.ForwardTo(program.Temporary, noisy, levels, prefix, role)
}

// ForwardTo is Forward with denoised images of another role, such as Recorded.
func (n *Network) ForwardTo(result program.Role, noisy, levels program.Tensor, prefix string, role program.Role) ([]program.Operation, program.Tensor) {
	b := n.build(noisy, levels, roles{weight: role, result: result}, prefix)
	return b.operations, b.denoised
}

// HasLatent says whether everything that the network answers went through one latent tensor, so that it is an encoder and a decoder.
func (n *Network) HasLatent() bool { return n.hasLatent }

// Encoder returns the operations from the noisy images to their latents (samples, height, width, channels), which are Recorded: the first part of
// Forward. The network must have a latent.
func (n *Network) Encoder(noisy, levels program.Tensor, prefix string, role program.Role) ([]program.Operation, program.Tensor) {
	b := n.build(noisy, levels, roles{weight: role, latent: program.Recorded}, prefix)
	end, latent := b.latentAt()
	return b.operations[:end], latent
}

// Decoder returns the operations from latents, an Input, to denoised images, Recorded, for images of that many samples, rows and columns: the second
// part of Forward.
func (n *Network) Decoder(samples, height, width int, prefix string, role program.Role) (operations []program.Operation, latent, denoised program.Tensor) {
	noisy := program.Tensor{Name: "noisy", Shape: []int{samples, height, width, 1}}
	b := n.build(noisy, program.Tensor{Name: "levels", Shape: []int{samples}}, roles{weight: role, latent: program.Input, result: program.Recorded}, prefix)
	begin, latent := b.latentAt()
	return b.operations[begin:], latent, b.denoised
}

// roles are those of a pass's tensors.
type roles struct{ weight, latent, result program.Role }

func (n *Network) build(noisy, levels program.Tensor, roles roles, prefix string) *builder {
	b := &builder{prefix: prefix, roles: roles, activations: n.Activations}
	b.denoised = b.image("denoised", noisy, 1)
	b.denoised.Role = roles.result
	inner := b.denoised
	curve, curved := n.Domain.curve()
	if curved {
		curve.Input, curve.Output = noisy, b.image("noisy/domain", noisy, 1)
		noisy, inner = b.append(curve), b.image("denoised/domain", noisy, 1)
	}
	input, finish := noisy, func(program.Tensor) {}
	switch {
	case n.Axes:
		input, levels, finish = n.alongAxes(b, noisy, levels, inner)
	case n.SigmaData > 0:
		input, levels, finish = n.scaled(b, noisy, levels, inner)
	}
	reshaped := n.flat && !n.Axes // along axes images are vectors anyway
	if reshaped {
		input = b.reshape("flat", input, 1, 1, noisy.Shape[1]*noisy.Shape[2])
	}
	if !n.preconditioned() {
		b.residuals = []program.Tensor{input}
	}
	b.noisy = input
	if n.NoiseMap {
		input = b.append(program.NoiseMap{Input: input, Level: levels, Output: b.image("map", input, input.Shape[3]+1)})
	}
	answer := inner
	switch {
	case n.Axes:
		answer = b.image("network", b.noisy, b.noisy.Shape[3])
	case n.SigmaData > 0:
		answer = b.image("network", noisy, 1)
	}
	if b.answer = answer; reshaped {
		b.answer = program.Tensor{Name: "flat/" + answer.Name, Shape: []int{noisy.Shape[0], 1, 1, noisy.Shape[1] * noisy.Shape[2]}}
	}
	n.wire(b, input)
	if reshaped {
		b.append(program.Reshape{Input: b.answer, Output: answer})
	}
	finish(answer)
	if curved {
		curve.Input, curve.Output, curve.Inverse = inner, b.denoised, true
		b.append(curve)
	}
	return b
}

// scaled appends what a network that is preconditioned by SigmaData reads, its images and levels; finish appends how its answer becomes the result.
func (n *Network) scaled(b *builder, noisy, levels, result program.Tensor) (input, told program.Tensor, finish func(answer program.Tensor)) {
	precondition := program.Precondition{
		Levels: levels, Skip: b.number("skip", noisy), Out: b.number("out", noisy), In: b.number("scale", noisy), SigmaData: float32(n.SigmaData),
	}
	if n.NoiseMap {
		precondition.Noise = b.number("level", noisy)
	}
	b.append(precondition)
	input = b.append(program.ScaleSamples{Inputs: []program.Tensor{noisy}, Factors: []program.Tensor{precondition.In}, Output: b.image("scaled", noisy, 1)})
	return input, precondition.Noise, func(answer program.Tensor) {
		factors := []program.Tensor{precondition.Skip, precondition.Out}
		b.append(program.ScaleSamples{Inputs: []program.Tensor{noisy, answer}, Factors: factors, Output: result})
	}
}

// Tensors lists the parameters as tensors of the given prefix and role.
func (n *Network) Tensors(prefix string, role program.Role) []program.Tensor {
	tensors := make([]program.Tensor, len(n.Parameters))
	for i, parameter := range n.Parameters {
		tensors[i] = parameter.tensor(prefix, role)
	}
	return tensors
}

// Trained is Tensors without the parameters that are fixed.
func (n *Network) Trained(prefix string, role program.Role) []program.Tensor {
	var tensors []program.Tensor
	for i, tensor := range n.Tensors(prefix, role) {
		if !n.Parameters[i].Fixed {
			tensors = append(tensors, tensor)
		}
	}
	return tensors
}

// Precondition returns the operation that the network is preconditioned by, without levels and results, for parameters as in Tensors; false if there is none.
func (n *Network) Precondition(prefix string, role program.Role) (program.Precondition, bool) {
	op := program.Precondition{SigmaData: float32(n.SigmaData)}
	if n.Axes {
		op.Variances = program.Tensor{Name: prefix + AxesVariances, Shape: []int{n.Height * n.Width}, Role: role}
	}
	return op, n.preconditioned()
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
	if parameter.Fixed {
		initialAxes(parameter, values)
	}
	if parameter.Deviation == 0 {
		return values
	}
	for i := range values {
		normals := random.Normals(random.Words(seed, random.Initialisation, 0, uint32(index), uint32(i/4)))
		values[i] = float32(parameter.Deviation * normals[i%4])
	}
	return values
}

const (
	maximumChannels = 4096
	maximumDepth    = 1000
)

// quietStart scales the last convolution and each residual block's second one, so that training starts near the identity.
const quietStart = 0.1
