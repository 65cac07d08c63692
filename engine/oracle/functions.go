package oracle

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"tweedie/engine/program"
)

func add(a, b *gorgonia.Node) *gorgonia.Node      { return gorgonia.Must(gorgonia.Add(a, b)) }
func subtract(a, b *gorgonia.Node) *gorgonia.Node { return gorgonia.Must(gorgonia.Sub(a, b)) }
func times(a, b *gorgonia.Node) *gorgonia.Node    { return gorgonia.Must(gorgonia.HadamardProd(a, b)) }
func over(a, b *gorgonia.Node) *gorgonia.Node     { return gorgonia.Must(gorgonia.HadamardDiv(a, b)) }
func square(a *gorgonia.Node) *gorgonia.Node      { return gorgonia.Must(gorgonia.Square(a)) }
func root(a *gorgonia.Node) *gorgonia.Node        { return gorgonia.Must(gorgonia.Sqrt(a)) }

// where is the node's values where the mask is positive, and zero elsewhere.
func where(node, mask *gorgonia.Node) *gorgonia.Node {
	return times(node, gorgonia.Must(gorgonia.Gt(mask, gorgonia.NewConstant(0.0), true)))
}

// filled is a constant of a node's shape.
func (t *translation) filled(value float64, like *gorgonia.Node) *gorgonia.Node {
	return t.constant(same(value, like.Shape().TotalSize()), like.Shape()...)
}

func same(value float64, count int) []float64 {
	values := make([]float64, count)
	for i := range values {
		values[i] = value
	}
	return values
}

// product multiplies a node by tensors.
func (t *translation) product(node *gorgonia.Node, factors []program.Tensor) *gorgonia.Node {
	for _, factor := range factors {
		node = times(node, t.activation(factor))
	}
	return node
}

// silu is x s, s + x s (1-s), or s (1-s) (2 + x (1-2s)) for s = sigmoid(x), times the factors.
func (t *translation) silu(op program.SiLU) *gorgonia.Node {
	x := t.activation(op.Input)
	s := gorgonia.Must(gorgonia.Sigmoid(x))
	rest := subtract(t.filled(1, x), s)
	node := times(x, s)
	switch op.Order {
	case 1:
		node = add(s, times(node, rest))
	case 2:
		node = times(times(s, rest), add(t.filled(2, x), times(x, subtract(rest, s))))
	}
	return t.product(node, op.Factors)
}

// curve is the function or derivative of what is positive of x and, if it is the function, the straight line of the rest.
func (t *translation) curve(op program.Curve) *gorgonia.Node {
	x := t.activation(op.Input)
	c := float64(op.Offset)
	l, span := math.Log1p(1/c), math.Sqrt(1+c)-math.Sqrt(c)
	filled := func(value float64) *gorgonia.Node { return t.filled(value, x) }
	positive := where(x, x)
	var values [3]*gorgonia.Node // of the function and its derivatives
	var slope float64            // at 0
	switch {
	case op.Kind == program.Logarithmic && !op.Inverse:
		moved := add(positive, filled(c))
		values[0] = times(gorgonia.Must(gorgonia.Log1p(times(positive, filled(1/c)))), filled(1/l))
		values[1], values[2] = over(filled(1/l), moved), over(filled(-1/l), square(moved))
		slope = 1 / (c * l)
	case op.Kind == program.Logarithmic:
		exponent := times(positive, filled(l))
		beyond := subtract(exponent, filled(80))
		exponent = subtract(exponent, where(beyond, beyond))
		power := gorgonia.Must(gorgonia.Exp(exponent))
		values[0] = times(gorgonia.Must(gorgonia.Expm1(exponent)), filled(c))
		values[1], values[2] = times(power, filled(c*l)), times(power, filled(c*l*l))
		slope = c * l
	case !op.Inverse:
		moved := add(positive, filled(c))
		values[0] = times(subtract(root(moved), filled(math.Sqrt(c))), filled(1/span))
		values[1], values[2] = over(filled(1/(2*span)), root(moved)), over(filled(-1/(4*span)), times(moved, root(moved)))
		slope = 1 / (2 * span * math.Sqrt(c))
	default:
		moved := add(times(positive, filled(span)), filled(math.Sqrt(c)))
		values[0], values[1], values[2] = subtract(square(moved), filled(c)), times(moved, filled(2*span)), filled(2*span*span)
		slope = 2 * span * math.Sqrt(c)
	}
	node := values[op.Order]
	switch op.Order {
	case 0:
		node = add(node, times(subtract(x, positive), filled(slope)))
	case 2:
		node = times(node, gorgonia.Must(gorgonia.Gte(x, gorgonia.NewConstant(0.0), true)))
	}
	return t.product(node, op.Factors)
}

// preconditionAxes writes the coefficients of several axes: with v the variances and s the levels, both spread to (samples, axes), they are made of q = s^2 + v.
func (t *translation) preconditionAxes(op program.Precondition) {
	samples, axes := op.Levels.Elements(), op.Variances.Elements()
	level := t.spread(op.Levels, axes)
	row := gorgonia.Must(gorgonia.Reshape(t.parameter(op.Variances), tensor.Shape{1, axes}))
	variance := gorgonia.Must(gorgonia.Mul(t.constant(same(1, samples), samples, 1), row))
	least := t.filled(program.LeastLevel, level)
	above := subtract(level, least)
	s := add(least, where(above, above))
	q := add(square(s), variance)
	total := gorgonia.Must(gorgonia.Mul(over(times(square(s), variance), q), t.constant(same(1/float64(axes), axes), axes, 1)))
	for _, result := range []struct {
		of   program.Tensor
		node *gorgonia.Node
	}{
		{op.Skip, over(variance, q)}, {op.Out, times(s, root(over(variance, q)))}, {op.In, over(t.filled(1, q), root(q))},
		{op.Weight, gorgonia.Must(gorgonia.Reshape(over(t.filled(1, total), total), tensor.Shape{samples}))},
	} {
		if result.of.Present() {
			t.nodes[result.of.Name] = result.node
		}
	}
}

// precondition writes Karras et al.'s coefficients; with d the deviation of the data and s that of the noise they are made of q = s^2 + d^2.
func (t *translation) precondition(op program.Precondition) {
	level := t.parameter(op.Levels)
	if op.Variances.Present() {
		t.preconditionAxes(op)
		op = program.Precondition{Levels: op.Levels, Noise: op.Noise, SigmaData: 1}
	}
	filled := func(value float64) *gorgonia.Node { return t.filled(value, level) }
	above := subtract(level, filled(program.LeastLevel))
	s, d := add(filled(program.LeastLevel), where(above, above)), filled(float64(op.SigmaData))
	q := add(square(s), square(d))
	for _, result := range []struct {
		of          program.Tensor
		over, under *gorgonia.Node
	}{
		{op.Skip, square(d), q}, {op.Out, times(s, d), root(q)}, {op.In, filled(1), root(q)},
		{op.Noise, gorgonia.Must(gorgonia.Log(s)), filled(4)}, {op.Weight, q, square(times(s, d))},
	} {
		if result.of.Present() {
			t.nodes[result.of.Name] = over(result.over, result.under)
		}
	}
}
