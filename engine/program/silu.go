package program

import "fmt"

// SiLU is the sigmoid-weighted linear unit f (Elfwing, Uchibe & Doya 2018), or one of its first two derivatives, times up to two factors:
//
//	output[i] = f^(Order)(input[i]) * factors[0][i] * factors[1][i]
//	f(x)      = x s(x),  s(x) = 1 / (1 + exp(-x))
//	f'(x)     = s(x) (1 + x s(-x))
//	f''(x)    = s(x) s(-x) (2 + x (s(-x) - s(x)))
//
// f is smooth, so that a network made of it has derivatives of every order, which scores and their derivatives need; gradients and tangents are
// the first derivative times one factor, the gradient of a tangent the second times two. Factors have the shape and type of Input; the product
// is rounded in this order.
type SiLU struct {
	Input   Tensor
	Factors []Tensor
	Order   int // 0 to 2
	Output  Tensor
}

// Reads lists the input and the factors.
func (op SiLU) Reads() []Tensor { return append([]Tensor{op.Input}, op.Factors...) }

// Writes lists the output.
func (op SiLU) Writes() []Tensor { return []Tensor{op.Output} }

// Check reports shapes that differ, more than two factors, and an order that is not known.
func (op SiLU) Check() error {
	if op.Order < 0 || op.Order > 2 || len(op.Factors) > 2 {
		return fmt.Errorf("silu: order %d with %d factors; orders 0 to 2 with at most 2 are known", op.Order, len(op.Factors))
	}
	if err := sameShape(op.Output, append([]Tensor{op.Input}, op.Factors...)...); err != nil {
		return fmt.Errorf("silu: %w", err)
	}
	if err := sameType(op.Output, append([]Tensor{op.Input}, op.Factors...)...); err != nil {
		return fmt.Errorf("silu: %w", err)
	}
	return nil
}

// replaced is the operation's derivative in one of what it reads, times tensor: of the input, -1, or of a factor.
func (op SiLU) replaced(factor int, tensor Tensor) (SiLU, error) {
	derivative := SiLU{Input: op.Input, Order: op.Order}
	if factor < 0 {
		derivative.Order++
		if derivative.Order > 2 || len(op.Factors) > 1 {
			return op, fmt.Errorf("silu: there is no third derivative; differentiate twice at most")
		}
	}
	for i, other := range op.Factors {
		if i != factor {
			derivative.Factors = append(derivative.Factors, other)
		}
	}
	derivative.Factors = append(derivative.Factors, tensor)
	return derivative, nil
}

func (op SiLU) gradient(r *reverse) error {
	gradient, found := r.total(op.Output, Tensor{})
	for i, read := range op.Reads() {
		if !found || !r.needed(read) {
			continue
		}
		derivative, err := op.replaced(i-1, gradient)
		if err != nil {
			return err
		}
		derivative.Output = r.temporary(read, "silu")
		r.append(derivative)
		r.pass(read, derivative.Output)
	}
	return nil
}

func (op SiLU) tangent(f *forward) error {
	var terms []Tensor
	for i, read := range op.Reads() {
		tangent, moves := f.of(read)
		if !moves {
			continue
		}
		derivative, err := op.replaced(i-1, tangent)
		if err != nil {
			return err
		}
		derivative.Output = f.next(op.Output)
		f.operations = append(f.operations, derivative)
		terms = append(terms, derivative.Output)
	}
	total, operations, found := fuse(nil, terms, Tensor{}, func() Tensor { return f.next(op.Output) })
	if found {
		f.operations = append(f.operations, operations...)
		f.tangents[op.Output.Name] = total
	}
	return nil
}

// siluCases have inputs where f, f' and f” vanish, and where exp(-x) is too small or too large for float32. An exponential is off by 4 roundings, of
// which s keeps 6 and the polynomial in x makes at most 12; where its terms cancel they are below 1.
func siluCases() []Case {
	var cases []Case
	for i, n := range lengths() {
		for order := range 3 {
			op := SiLU{Input: input("input", n), Order: order, Output: output("output", n)}
			for k := range (i + order) % 3 {
				op.Factors = append(op.Factors, input(fmt.Sprint("factor", k), n))
			}
			values := make([]float32, n)
			for k := range values {
				x := float32(k%257-128) / 16
				if k%13 == 7 {
					x *= 16
				}
				values[k] = x
			}
			c := Case{
				Name: fmt.Sprintf("n=%d,order=%d,factors=%d", n, order, len(op.Factors)), Operation: op, Roundings: 14,
				Contents: map[string]any{"input": values},
			}
			if c.Absolute = 0x1p-120; order > 0 {
				c.Absolute = 12 * 0x1p-24
			}
			cases = append(cases, c)
		}
	}
	return cases
}
