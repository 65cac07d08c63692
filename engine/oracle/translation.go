package oracle

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"tweedie/engine/program"
)

// translation builds a graph, operation by operation. Its methods panic where Gorgonia refuses.
type translation struct {
	graph  *gorgonia.ExprGraph
	nodes  map[string]*gorgonia.Node
	inputs map[string]*variable
	loss   *gorgonia.Node // what is differentiated, nil without MSE that has a Gradient
}

// operation adds the nodes of an operation; false if it is not known.
func (t *translation) operation(operation program.Operation) bool {
	switch op := operation.(type) {
	case program.Convolution:
		sum := t.convolve(t.activation(op.Input), t.parameter(op.Weight), op.Stride())
		if op.Bias.Present() {
			bias := gorgonia.Must(gorgonia.Reshape(t.parameter(op.Bias), tensor.Shape{1, op.Bias.Shape[0], 1, 1}))
			sum = gorgonia.Must(gorgonia.BroadcastAdd(sum, bias, nil, []byte{0, 2, 3}))
		}
		t.nodes[op.Output.Name] = t.epilogue(sum, op.Negate, op.Residuals, op.ReLU, op.Mask)
	case program.TransposedConvolution:
		sum := t.transposed(t.activation(op.Input), op.Weight)
		t.nodes[op.Output.Name] = t.epilogue(sum, op.Negate, op.Residuals, false, op.Mask)
	case program.Add:
		t.nodes[op.Output.Name] = t.epilogue(t.activation(op.Inputs[0]), false, op.Inputs[1:], false, op.Mask)
	case program.Channels:
		t.nodes[op.Output.Name] = t.selection(op.Input, op.Output)
	case program.PadChannels:
		t.nodes[op.Output.Name] = t.selection(op.Input, op.Output)
	case program.NoiseMap:
		t.nodes[op.Output.Name] = t.noiseMap(op)
	case program.MSE:
		t.mean(op.Denoised, op.Clean, op.Losses, op.Gradient, gorgonia.Square)
	case program.L1:
		t.mean(op.Denoised, op.Clean, op.Losses, op.Gradient, gorgonia.Abs)
	default:
		return false
	}
	return true
}

// lossOf returns a loss's results.
func lossOf(operation program.Operation) (gradient, losses program.Tensor, is bool) {
	switch op := operation.(type) {
	case program.MSE:
		return op.Gradient, op.Losses, true
	case program.L1:
		return op.Gradient, op.Losses, true
	}
	return program.Tensor{}, program.Tensor{}, false
}

// node is what stands for a tensor; one that nothing has written yet becomes an input, of the given shape.
func (t *translation) node(of program.Tensor, shape tensor.Shape, activation bool) *gorgonia.Node {
	if node, known := t.nodes[of.Name]; known {
		return node
	}
	values := make([]float64, of.Elements())
	held := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
	node := gorgonia.NewTensor(t.graph, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(of.Name), gorgonia.WithValue(held))
	t.nodes[of.Name], t.inputs[of.Name] = node, &variable{tensor: of, activation: activation, values: values}
	return node
}

// activation is a node of shape (samples, channels, height, width), or of the tensor's own shape if that has not four dimensions.
func (t *translation) activation(of program.Tensor) *gorgonia.Node {
	if len(of.Shape) != 4 {
		return t.node(of, of.Shape, false)
	}
	return t.node(of, tensor.Shape{of.Shape[0], of.Shape[3], of.Shape[1], of.Shape[2]}, true)
}

// parameter is a node of the tensor's own shape.
func (t *translation) parameter(of program.Tensor) *gorgonia.Node { return t.node(of, of.Shape, false) }

func (t *translation) constant(values []float64, shape ...int) *gorgonia.Node {
	return t.graph.Constant(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values)))
}

// convolve is a convolution whose kernel implies padding and stride, as program.Convolution's does.
func (t *translation) convolve(image, weight *gorgonia.Node, stride int) *gorgonia.Node {
	kernel := weight.Shape()[2]
	padding := kernel / 2
	if stride == 2 {
		padding = 0
	}
	return gorgonia.Must(gorgonia.Conv2d(image, weight, tensor.Shape{kernel, kernel}, []int{padding, padding}, []int{stride, stride}, []int{1, 1}))
}

// transposed is the adjoint of convolve, which Gorgonia has no operation for. Of stride 1 it is the convolution with the kernel turned by half a turn
// and its channels exchanged; of stride 2, whose windows do not overlap, a product at each pixel, whose results are then laid out side by side.
func (t *translation) transposed(image *gorgonia.Node, of program.Tensor) *gorgonia.Node {
	weight := t.parameter(of)
	outputs, inputs, kernel := of.Shape[0], of.Shape[1], of.Shape[2]
	if kernel != 2 {
		area := kernel * kernel
		turn := make([]float64, area*area)
		for i := range area {
			turn[i*area+area-1-i] = 1
		}
		flat := gorgonia.Must(gorgonia.Reshape(weight, tensor.Shape{outputs * inputs, area}))
		turned := gorgonia.Must(gorgonia.Mul(flat, t.constant(turn, area, area)))
		whole := gorgonia.Must(gorgonia.Reshape(turned, of.Shape))
		return t.convolve(image, gorgonia.Must(gorgonia.Transpose(whole, 1, 0, 2, 3)), 1)
	}
	flat := gorgonia.Must(gorgonia.Reshape(weight, tensor.Shape{outputs, 4 * inputs}))
	exchanged := gorgonia.Must(gorgonia.Transpose(flat, 1, 0))
	product := t.convolve(image, gorgonia.Must(gorgonia.Reshape(exchanged, tensor.Shape{4 * inputs, outputs, 1, 1})), 1)
	shape := product.Shape()
	samples, height, width := shape[0], shape[2], shape[3]
	blocks := gorgonia.Must(gorgonia.Reshape(product, tensor.Shape{samples * inputs, 2, 2, height, width}))
	laidOut := gorgonia.Must(gorgonia.Transpose(blocks, 0, 3, 1, 4, 2))
	return gorgonia.Must(gorgonia.Reshape(laidOut, tensor.Shape{samples, inputs, 2 * height, 2 * width}))
}

// epilogue is (negate ? -sum : sum) + residuals, rectified, where the mask is positive.
func (t *translation) epilogue(sum *gorgonia.Node, negate bool, residuals []program.Tensor, relu bool, mask program.Tensor) *gorgonia.Node {
	if negate {
		sum = gorgonia.Must(gorgonia.Neg(sum))
	}
	for _, residual := range residuals {
		sum = gorgonia.Must(gorgonia.Add(sum, t.activation(residual)))
	}
	if relu {
		sum = where(sum, sum) // Gorgonia's Rectify has a slope of one at zero, program's of zero
	}
	if mask.Present() {
		sum = where(sum, t.activation(mask))
	}
	return sum
}

// where is the node's values where the mask is positive, and zero elsewhere.
func where(node, mask *gorgonia.Node) *gorgonia.Node {
	positive := gorgonia.Must(gorgonia.Gt(mask, gorgonia.NewConstant(0.0), true))
	return gorgonia.Must(gorgonia.HadamardProd(node, positive))
}

// selection keeps the channels that both tensors have, and makes those zero that only the output has: a product with a part of the unit matrix.
func (t *translation) selection(input, output program.Tensor) *gorgonia.Node {
	inputs, outputs := input.Shape[3], output.Shape[3]
	unit := make([]float64, outputs*inputs)
	for c := range min(inputs, outputs) {
		unit[c*inputs+c] = 1
	}
	return t.convolve(t.activation(input), t.constant(unit, outputs, inputs, 1, 1), 1)
}

func (t *translation) noiseMap(op program.NoiseMap) *gorgonia.Node {
	samples, height, width := op.Input.Shape[0], op.Input.Shape[1], op.Input.Shape[2]
	ones := make([]float64, height*width)
	for i := range ones {
		ones[i] = 1
	}
	level := gorgonia.Must(gorgonia.Reshape(t.parameter(op.Level), tensor.Shape{samples, 1}))
	plane := gorgonia.Must(gorgonia.Mul(level, t.constant(ones, 1, height*width)))
	plane = gorgonia.Must(gorgonia.Reshape(plane, tensor.Shape{samples, 1, height, width}))
	return gorgonia.Must(gorgonia.Concat(1, t.activation(op.Input), plane))
}

// mean is the mean over each sample of a function of what is wrong; and of all of them, which is differentiated if the loss's gradient is.
func (t *translation) mean(denoised, clean, losses, gradient program.Tensor, of func(*gorgonia.Node) (*gorgonia.Node, error)) {
	difference := gorgonia.Must(gorgonia.Sub(t.activation(denoised), t.activation(clean)))
	terms := gorgonia.Must(of(difference))
	samples := losses.Elements()
	elements := denoised.Elements() / samples
	weights := make([]float64, elements)
	for i := range weights {
		weights[i] = 1 / float64(elements)
	}
	perSample := gorgonia.Must(gorgonia.Reshape(terms, tensor.Shape{samples, elements}))
	t.nodes[losses.Name] = gorgonia.Must(gorgonia.Mul(perSample, t.constant(weights, elements, 1)))
	if gradient.Present() {
		t.loss = gorgonia.Must(gorgonia.Mean(terms))
	}
}
