package network

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/engine/program"
)

// layerPrefix begins the names of layers' results, so that no layer can take the name of another tensor.
const layerPrefix = "layer/"

// composer wires listed layers.
type composer struct {
	*builder
	layers  []Layer
	anySize bool
	names   []string // of the results, in order
	results map[string]result
	index   int // of the layer at hand
	name    string
}

// result is what a layer gives.
type result struct {
	tensor program.Tensor
	radius int  // how far, in pixels of the image, it depends on the input
	used   bool // by a later layer
}

func (c *composer) put(name string, r result) {
	c.names = append(c.names, name)
	c.results[name] = r
}

// fail is an error of the layer at hand.
func (c *composer) fail(format string, arguments ...any) error {
	layer := c.layers[c.index]
	return &LayerError{layer.At, fmt.Sprintf("network.layer %d, the %s %q: %s", c.index+1, layer.Kind, c.name, fmt.Sprintf(format, arguments...))}
}

// compose appends all layers, and finds the multiple and the radius of a network for any size.
func (c *composer) compose() error {
	for c.index = range c.layers {
		if c.name = c.layers[c.index].Name; c.name == "" {
			c.name = fmt.Sprintf("layers.%d", c.index)
		}
		if err := c.layer(c.layers[c.index]); err != nil {
			return err
		}
	}
	last := c.results[c.name].tensor
	if !slices.Equal(last.Shape, c.answer.Shape) {
		return c.fail("the network's answer must have %s, but this last layer's has %s; end in a convolution of 1 channel at the image's size, or in a reshape to it",
			c.size(c.answer), c.size(last))
	}
	for index, name := range c.names[2 : len(c.names)-1] {
		if r, known := c.results[name]; known && !r.used {
			c.index, c.name = index, name
			return c.fail("no later layer reads its result; remove it, or name it in a later layer's from or add")
		}
	}
	c.multiple = 1
	for _, r := range c.results {
		c.multiple = max(c.multiple, c.answer.Shape[1]/r.tensor.Shape[1])
	}
	c.radius = c.results[c.name].radius
	return nil
}

// layer appends one layer.
func (c *composer) layer(l Layer) error {
	named := func(p Parameter) bool { return p.Fixed && strings.HasPrefix(p.Name, c.name+".") } // the axes
	if slices.Contains(c.names, c.name) || slices.ContainsFunc(c.parameters, named) {
		return c.fail("the name is taken; give it another one")
	}
	from := l.From
	if from == "" {
		if from = InputLayer; c.index > 0 {
			from = c.names[len(c.names)-1]
		}
	}
	input, err := c.get("from", from)
	if err != nil {
		return err
	}
	output := program.Tensor{Name: layerPrefix + c.name, Type: c.activations}
	if l.Kind == ReshapeKind || l.Kind == SumKind {
		output.Type = input.tensor.Type
	}
	if output.Shape, err = c.shape(l, input.tensor); err != nil {
		return err
	}
	radius := input.radius
	var added []program.Tensor
	for _, name := range l.Add {
		other, err := c.get("add", name)
		if err != nil {
			return err
		}
		if !slices.Equal(other.tensor.Shape, output.Shape) {
			return c.fail("its result has %s, and %q, which it adds, has %s; give both the same size and number of channels", c.size(output), name, c.size(other.tensor))
		}
		added, radius = append(added, other.tensor), max(radius, other.radius)
	}
	var gate program.Tensor
	if l.Gate != "" {
		other, err := c.get("gate", l.Gate)
		switch {
		case err != nil:
			return err
		case l.Activation != "" && l.Activation != noActivation:
			return c.fail("it has a gate and an activation; remove one of them")
		case !slices.Equal(other.tensor.Shape, output.Shape):
			return c.fail("its result has %s, and its gate %q has %s; give both the same size and number of channels", c.size(output), l.Gate, c.size(other.tensor))
		}
		gate, radius = other.tensor, max(radius, other.radius)
	}
	switch {
	case c.index == len(c.layers)-1 && slices.Equal(output.Shape, c.answer.Shape):
		output = c.answer
	case l.Latent:
		output = c.latent(input.tensor, output.Shape[1], output.Shape[2], output.Shape[3])
	}
	before := len(c.operations)
	c.operate(l, input.tensor, added, gate, output)
	for _, operation := range c.operations[before:] {
		if err := operation.Check(); err != nil {
			return c.fail("%v", err)
		}
	}
	c.put(c.name, result{tensor: output, radius: radius + c.reach(l, output)})
	if l.Latent {
		return c.narrow()
	}
	return nil
}

// reach is how many pixels of the image further than its input a layer's result depends on: a result of the transposed convolution may be that far
// from the first of those that it shares its input with.
func (c *composer) reach(l Layer, output program.Tensor) int {
	scale := c.answer.Shape[1] / output.Shape[1]
	if l.Kind == UpKind || l.Kind == ConvolutionKind && l.Kernel != 1 {
		return scale
	}
	return 0
}

// narrow forgets what is not the latent, so that nothing leads around it.
func (c *composer) narrow() error {
	for _, name := range c.names[:len(c.names)-1] {
		if r := c.results[name]; !r.used && name != InputLayer && name != NoisyLayer {
			return c.fail("it is the latent, but the result of %q before it is not read yet; read it before the latent, or remove it", name)
		}
		delete(c.results, name)
	}
	return nil
}

// get is the result of an earlier layer that a key names.
func (c *composer) get(key, name string) (result, error) {
	r, known := c.results[name]
	switch {
	case !known && slices.Contains(c.names, name):
		return r, c.fail("%s names %q, which would lead around the latent; layers behind the latent read it and each other", key, name)
	case !known:
		return r, c.fail("%s names %q, and no earlier layer has that name; there are %s", key, name, strings.Join(c.names, ", "))
	}
	r.used = true
	c.results[name] = r
	return r, nil
}

// shape is that of a layer's result.
func (c *composer) shape(l Layer, input program.Tensor) ([]int, error) {
	height, width, channels := input.Shape[1], input.Shape[2], l.Channels
	if channels < 1 && l.Kind != SumKind {
		return nil, c.fail("it has no channels; say how many its result has, such as channels = 32")
	}
	switch l.Kind {
	case ConvolutionKind:
	case DownKind:
		if height%2 != 0 || width%2 != 0 {
			return nil, c.fail("it halves %s, whose height and width are not even; halve less often, or take images of another size", c.size(input))
		}
		height, width = height/2, width/2
	case UpKind:
		if height, width = 2*height, 2*width; height > c.answer.Shape[1] || width > c.answer.Shape[2] {
			return nil, c.fail("it doubles %s, to more than the image has; put a down before it", c.size(input))
		}
	case DenseKind, ReshapeKind:
		if l.Kind == ReshapeKind && len(l.Add) > 0 {
			return nil, c.fail("it only moves elements; add by a sum behind it")
		}
		if c.anySize {
			return nil, c.fail("it needs images of one size; say which in the network's name, as in name = \"layers28x28\"")
		}
		if l.Kind == DenseKind {
			height, width = 1, 1
			break
		}
		if elements := height * width * input.Shape[3]; l.Height*l.Width*channels != elements {
			return nil, c.fail("height %d x width %d x channels %d are not the %d elements of %s", l.Height, l.Width, channels, elements, c.size(input))
		}
		height, width = l.Height, l.Width
	case SumKind:
		channels = input.Shape[3]
		if len(l.Add) == 0 && l.Gate == "" && (l.Activation == "" || l.Activation == noActivation) {
			return nil, c.fail("it does nothing; give it an activation or a gate, or layers to add")
		}
	default:
		return nil, c.fail("there is no such kind; write one of %s", strings.Join(Kinds(), ", "))
	}
	return []int{input.Shape[0], height, width, channels}, nil
}

// operate appends a layer's operations. A rectifier is part of a convolution, and else masks a tensor by itself.
func (c *composer) operate(l Layer, input program.Tensor, added []program.Tensor, gate, output program.Tensor) {
	rectified, convolves := l.Activation == reluActivation, l.Kind == ConvolutionKind || l.Kind == DownKind || l.Kind == DenseKind
	linear := output
	if l.Activation == siluActivation || gate.Present() || rectified && !convolves {
		linear = program.Tensor{Name: output.Name + ".linear", Shape: output.Shape, Type: output.Type}
	}
	scale := 1.0
	if c.index == len(c.layers)-1 || len(added) > 0 {
		scale = quietStart
	}
	weight := func(shape ...int) program.Tensor { return c.weight(c.name+".weight", scale, shape...) }
	inputs, outputs := input.Shape[3], output.Shape[3]
	switch {
	case convolves:
		product := program.Convolution{Input: input, Residuals: added, Output: linear, ReLU: rectified}
		switch {
		case l.Kind == DownKind:
			product.Weight = weight(outputs, inputs, 2, 2)
		case l.Kind == DenseKind:
			product.Input = c.flat(input)
			product.Weight = weight(outputs, product.Input.Shape[3])
		case l.Kernel == 1:
			product.Weight = weight(outputs, inputs, 1, 1)
		default:
			product.Weight = weight(outputs, inputs, 3, 3)
		}
		if !l.NoBias {
			product.Bias = c.bias(c.name+".bias", outputs)
		}
		c.append(product)
	case l.Kind == UpKind:
		c.append(program.TransposedConvolution{Input: input, Weight: weight(inputs, outputs, 2, 2), Residuals: added, Output: linear})
	case l.Kind == ReshapeKind:
		c.append(program.Reshape{Input: input, Output: linear})
	case len(added) > 0:
		c.append(program.Add{Inputs: append([]program.Tensor{input}, added...), Output: linear})
	default: // an activation alone
		linear = input
	}
	switch {
	case gate.Present():
		c.append(program.SiLU{Input: gate, Factors: []program.Tensor{linear}, Output: output})
	case l.Activation == siluActivation:
		c.append(program.SiLU{Input: linear, Output: output})
	case rectified && !convolves:
		c.append(program.Add{Inputs: []program.Tensor{linear}, Mask: linear, Output: output})
	}
}

// flat is a layer's input as a vector.
func (c *composer) flat(input program.Tensor) program.Tensor {
	if input.Shape[1]*input.Shape[2] == 1 {
		return input
	}
	return c.reshape(layerPrefix+c.name+".flat", input, 1, 1, input.Elements()/input.Shape[0])
}

// size describes a result: at a part of the image's size, or by its rows and columns if images have one size.
func (c *composer) size(t program.Tensor) string {
	channels := fmt.Sprintf("%d channels", t.Shape[3])
	if t.Shape[3] == 1 {
		channels = "1 channel"
	}
	scale := c.answer.Shape[1] / t.Shape[1]
	switch {
	case !c.anySize:
		return fmt.Sprintf("%dx%d with %s", t.Shape[1], t.Shape[2], channels)
	case scale > 1:
		return fmt.Sprintf("1/%d of the image's size with %s", scale, channels)
	}
	return "the image's size with " + channels
}
