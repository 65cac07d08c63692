package program

import (
	"fmt"
	"math"

	"tweedie/engine/noise"
)

// CurveKind is a function that makes noise more alike at all intensities: variance stabilisation. With the offset c > 0 both map 0 to 0 and 1 to 1, rise
// everywhere, and go on below 0 as the straight line that touches them there, so that they have an inverse for every number:
//
//	Logarithmic  f(y) = ln(1 + y/c) / L,                L = ln(1 + 1/c)               noise in proportion to the signal
//	Root         f(y) = (sqrt(y+c) - sqrt(c)) / S,      S = sqrt(1+c) - sqrt(c)       counts; with c = 3/(8 peak) + sigma^2 peak it is Anscombe's, generalised
//
// for y >= 0 (Anscombe 1948; Starck, Murtagh & Bijaoui 1998).
type CurveKind int

// The kinds.
const (
	Logarithmic CurveKind = iota
	Root
)

// Curve is a function of CurveKind, its inverse, or a derivative of either, elementwise and times up to two factors:
//
//	output[i] = F(input[i]) * factors[0][i] * factors[1][i],   F the Order-th derivative of f, or of its inverse if Inverse
//
// At 0 the first derivative is that of both sides, the second that of the right one. The inverse of Logarithmic takes L z above 80 as 80, so that a network far off
// gives no infinity. Output may be one of the others.
type Curve struct {
	Input, Output Tensor
	Factors       []Tensor
	Kind          CurveKind
	Offset        float32
	Inverse       bool
	Order         int
}

// Reads lists the input and the factors.
func (op Curve) Reads() []Tensor { return append([]Tensor{op.Input}, op.Factors...) }

// Writes lists the output.
func (op Curve) Writes() []Tensor { return []Tensor{op.Output} }

// Check reports shapes that differ, and a function that is not known.
func (op Curve) Check() error {
	if op.Kind != Logarithmic && op.Kind != Root {
		return fmt.Errorf("curve: there is no kind %d", op.Kind)
	}
	if err := op.CheckOffset(); err != nil {
		return err
	}
	if op.Order < 0 || op.Order > 2 || len(op.Factors) > 2 {
		return fmt.Errorf("curve: derivative %d with %d factors; derivatives up to 2 and 2 factors are known", op.Order, len(op.Factors))
	}
	tensors := append([]Tensor{op.Input}, op.Factors...)
	if err := sameShape(op.Output, tensors...); err != nil {
		return fmt.Errorf("curve: %w", err)
	}
	if err := single(append(tensors, op.Output)...); err != nil {
		return fmt.Errorf("curve: %w", err)
	}
	return nil
}

// CheckOffset reports an offset beyond 1e-6 and 1e6, where float32 holds neither the curve nor its bend.
func (op Curve) CheckOffset() error {
	if !(op.Offset >= 1e-6 && op.Offset <= 1e6) { // written so that NaN fails
		return fmt.Errorf("curve: the offset %v is not between 1e-6 and 1e6", op.Offset)
	}
	return nil
}

func (op Curve) gradient(r *reverse) error {
	gradient, found := r.total(op.Output, Tensor{})
	if !found {
		return nil
	}
	for _, term := range op.derivatives() {
		if r.needed(term.by) {
			output := r.temporary(op.Input, "curve")
			term.Factors = append(term.Factors, gradient)
			term.Output = output
			r.append(term.Curve)
			r.pass(term.by, output)
		}
	}
	return nil
}

func (op Curve) tangent(f *forward) error {
	var moving []Tensor
	for _, term := range op.derivatives() {
		if tangent, moves := f.of(term.by); moves {
			term.Factors = append(term.Factors, tangent)
			term.Output = f.next(op.Output)
			f.operations = append(f.operations, term.Curve)
			moving = append(moving, term.Output)
		}
	}
	total, operations, found := fuse(nil, moving, Tensor{}, func() Tensor { return f.next(op.Output) })
	if found {
		f.operations = append(f.operations, operations...)
		f.tangents[op.Output.Name] = total
	}
	return nil
}

// derivative is a Curve that takes one more factor, the direction by which a tensor moves.
type derivative struct {
	Curve
	by Tensor
}

// derivatives are those of Output by the input and by each factor. Where they exceed what Check allows, the program that holds them is refused.
func (op Curve) derivatives() []derivative {
	list := []derivative{{op, op.Input}}
	list[0].Order++
	list[0].Factors = append([]Tensor(nil), op.Factors...)
	for i, factor := range op.Factors {
		other := op
		other.Factors = append(append([]Tensor(nil), op.Factors[:i]...), op.Factors[i+1:]...)
		list = append(list, derivative{other, factor})
	}
	return list
}

// Form is the formula of a Curve for t >= 0, as devices compute it in float32.
type Form int32

// The forms. Each is computed from left to right, brackets first, each operation rounded once and none fused; ln and exp are package noise's Logarithm and
// Exponential. A ln of what is not finite is that itself.
const (
	LogarithmForm   Form = iota // a ln(1 + b t)
	RootForm                    // a t / (sqrt(t + b) + d)
	ExponentialForm             // a exp(min(b t, 80)) + d
	QuadraticForm               // (a t + b) t + d
	ReciprocalForm              // a / (t + b)
	SquareForm                  // a / ((t + b) (t + b))
	RadicalForm                 // a / sqrt(t + b)
	CubeForm                    // a / ((t + b) sqrt(t + b))
)

// Formula is a form with its coefficients. Below 0 the function is Slope t + Level.
type Formula struct {
	Form         Form
	A, B, D      float32
	Slope, Level float32
}

// At is the function at t by the prescribed arithmetic, with the bits of every device. A product that is added to something is converted to float32
// explicitly: Go may otherwise fuse the two.
func (f Formula) At(t float32) float32 {
	if t < 0 {
		return float32(f.Slope*t) + f.Level
	}
	root := func(x float32) float32 { return float32(math.Sqrt(float64(x))) }
	u := t + f.B
	switch f.Form {
	case LogarithmForm:
		if u = 1 + float32(f.B*t); u <= math.MaxFloat32 {
			u = noise.Logarithm(u)
		}
		return f.A * u
	case RootForm:
		return f.A * t / (root(u) + f.D)
	case ExponentialForm:
		return float32(f.A*noise.Exponential(min(f.B*t, 80))) + f.D
	case QuadraticForm:
		return float32((float32(f.A*t)+f.B)*t) + f.D
	case ReciprocalForm:
		return f.A / u
	case SquareForm:
		return f.A / (u * u)
	case RadicalForm:
		return f.A / root(u)
	}
	return f.A / (u * root(u)) // CubeForm
}

// Formula returns what devices compute.
func (op Curve) Formula() Formula {
	c := float64(op.Offset)
	formula := func(form Form, a, b, d, slope, level float64) Formula {
		return Formula{form, float32(a), float32(b), float32(d), float32(slope), float32(level)}
	}
	length, span, root := math.Log1p(1/c), math.Sqrt(1+c)-math.Sqrt(c), math.Sqrt(c)
	switch {
	case op.Kind == Logarithmic && !op.Inverse:
		return [...]Formula{
			formula(LogarithmForm, 1/length, 1/c, 0, 1/(c*length), 0),
			formula(ReciprocalForm, 1/length, c, 0, 0, 1/(c*length)),
			formula(SquareForm, -1/length, c, 0, 0, 0),
		}[op.Order]
	case op.Kind == Logarithmic:
		return [...]Formula{
			formula(ExponentialForm, c, length, -c, c*length, 0),
			formula(ExponentialForm, c*length, length, 0, 0, c*length),
			formula(ExponentialForm, c*length*length, length, 0, 0, 0),
		}[op.Order]
	case !op.Inverse:
		return [...]Formula{
			formula(RootForm, 1/span, c, root, 1/(2*span*root), 0),
			formula(RadicalForm, 1/(2*span), c, 0, 0, 1/(2*span*root)),
			formula(CubeForm, -1/(4*span), c, 0, 0, 0),
		}[op.Order]
	}
	return [...]Formula{
		formula(QuadraticForm, span*span, 2*span*root, 0, 2*span*root, 0),
		formula(QuadraticForm, 0, 2*span*span, 2*span*root, 0, 2*span*root),
		formula(QuadraticForm, 0, 0, 2*span*span, 0, 0),
	}[op.Order]
}

func curveCases() []Case {
	var cases []Case
	for kind := range Root + 1 {
		for order := range 3 {
			for i, inverse := range []bool{false, true} {
				n := lengths()[(int(kind)+2*order+i*3)%len(lengths())]
				op := Curve{
					Input: input("input", n), Output: output("output", n), Kind: kind, Order: order, Inverse: inverse,
					Offset: []float32{1.0 / 255, 0.0625, 3}[(order+i)%3],
				}
				for k := range (order + i) % 3 {
					op.Factors = append(op.Factors, input(fmt.Sprint("factor", k), n))
				}
				values := make([]float32, n)
				for e := range values {
					values[e] = float32(e%23-5) / 8 // on both sides of 0, and beyond 1
				}
				c := Case{
					Name: fmt.Sprintf("%v,inverse=%v,order=%d,n=%d", []string{"log", "root"}[kind], inverse, order, n), Operation: op,
					Contents: map[string]any{"input": values},
					// An addition of positive numbers, a product, a root and a quotient each keep or add a relative error: at most six roundings, three of
					// coefficients, two of the factors.
					Roundings: 11,
				}
				switch formula := op.Formula(); formula.Form {
				case LogarithmForm: // 1 + b t has three roundings, which its logarithm, itself within four, turns into absolute ones
					c.Absolute = 3 * 0x1p-24 * float64(formula.A)
				case ExponentialForm: // of b t, below 13, two roundings become relative ones of the power, which is then moved by d
					c.Roundings += 2*13 + 4
					c.Absolute = c.Roundings * 0x1p-24 * math.Abs(float64(formula.D))
				}
				cases = append(cases, c)
			}
		}
	}
	return cases
}
