package oracle

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"tweedie/engine/program"
)

// translation builds a graph, operation by operation. Its methods panic where Gorgonia refuses.
type translation struct {
	graph     *gorgonia.ExprGraph
	nodes     map[string]*gorgonia.Node
	inputs    map[string]*variable
	loss      loss
	constants int
	losses    *gorgonia.Node // (samples, 1)
	total     *gorgonia.Node // what is differentiated, nil without a loss that has a gradient
}

// operation adds the nodes of an operation; false if it is not known.
func (t *translation) operation(operation program.Operation) bool {
	t.loss.notice(operation)
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
	case program.Reshape:
		t.nodes[op.Output.Name] = t.reshape(op)
	case program.SiLU:
		t.nodes[op.Output.Name] = t.silu(op)
	case program.ScaleSamples:
		if t.loss.weighs(op) {
			if op.Factors[0].Elements() != t.loss.losses.Elements() {
				panic(fmt.Sprintf("there is not one weight %v for each loss %v", op.Factors[0], t.loss.losses))
			}
			t.total = gorgonia.Must(gorgonia.Mean(times(t.losses, t.column(op.Factors[0]))))
			break
		}
		t.nodes[op.Output.Name] = t.scaleSamples(op)
	case program.Curve:
		t.nodes[op.Output.Name] = t.curve(op)
	case program.Precondition:
		t.precondition(op)
	case program.MSE:
		t.mean(square(subtract(t.activation(op.Denoised), t.activation(op.Clean))))
	case program.L1:
		t.mean(gorgonia.Must(gorgonia.Abs(subtract(t.activation(op.Denoised), t.activation(op.Clean)))))
	case program.SURE:
		t.mean(t.sure(op))
	default:
		return false
	}
	return true
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

// constant is a node with a name of its own: Gorgonia takes its own constants for one if the first values are the same, whatever their shapes.
func (t *translation) constant(values []float64, shape ...int) *gorgonia.Node {
	t.constants++
	held := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
	name := gorgonia.WithName(fmt.Sprint("constant ", t.constants))
	return gorgonia.NewTensor(t.graph, tensor.Float64, len(shape), gorgonia.WithShape(shape...), name, gorgonia.WithValue(held))
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
		sum = add(sum, t.activation(residual))
	}
	if relu {
		sum = where(sum, sum) // Gorgonia's Rectify has a slope of one at zero, program's of zero
	}
	if mask.Present() {
		sum = where(sum, t.activation(mask))
	}
	return sum
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
	plane := gorgonia.Must(gorgonia.Reshape(t.spread(op.Level, height*width), tensor.Shape{samples, 1, height, width}))
	return gorgonia.Must(gorgonia.Concat(1, t.activation(op.Input), plane))
}

// column is one number a sample as (samples, 1).
func (t *translation) column(of program.Tensor) *gorgonia.Node {
	return gorgonia.Must(gorgonia.Reshape(t.parameter(of), tensor.Shape{of.Elements(), 1}))
}

// spread is one number a sample, repeated: (samples, elements).
func (t *translation) spread(of program.Tensor, elements int) *gorgonia.Node {
	return gorgonia.Must(gorgonia.Mul(t.column(of), t.constant(same(1, elements), 1, elements)))
}

func (t *translation) scaleSamples(op program.ScaleSamples) *gorgonia.Node {
	var sum *gorgonia.Node
	for i, input := range op.Inputs {
		node := t.activation(input)
		var factor *gorgonia.Node
		if op.Each() { // in program's layout
			factor = gorgonia.Must(gorgonia.Transpose(gorgonia.Must(gorgonia.Reshape(t.parameter(op.Factors[i]), input.Shape)), 0, 3, 1, 2))
		} else {
			factor = gorgonia.Must(gorgonia.Reshape(t.spread(op.Factors[i], input.Elements()/input.Shape[0]), node.Shape()))
		}
		if node = times(node, factor); sum != nil {
			node = add(sum, node)
		}
		sum = node
	}
	return sum
}

// reshape goes by way of program's layout, in whose order elements stay.
func (t *translation) reshape(op program.Reshape) *gorgonia.Node {
	lastly := gorgonia.Must(gorgonia.Transpose(t.activation(op.Input), 0, 2, 3, 1))
	return gorgonia.Must(gorgonia.Transpose(gorgonia.Must(gorgonia.Reshape(lastly, op.Output.Shape)), 0, 3, 1, 2))
}

// mean is a loss: the mean over each sample of terms, one an element.
func (t *translation) mean(terms *gorgonia.Node) {
	samples := t.loss.losses.Elements()
	elements := terms.Shape().TotalSize() / samples
	terms = gorgonia.Must(gorgonia.Reshape(terms, tensor.Shape{samples, elements}))
	t.losses = gorgonia.Must(gorgonia.Mul(terms, t.constant(same(1/float64(elements), elements), elements, 1)))
	t.nodes[t.loss.losses.Name] = t.losses
	if len(t.loss.gradients) > 0 {
		t.total = gorgonia.Must(gorgonia.Mean(t.losses))
	}
}
