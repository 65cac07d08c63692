package devicetest

import (
	"math"

	"tweedie/engine/program"
)

// Winograd is an algorithm of the family F(4x4, 3x3) (Winograd 1980; Lavin & Gray 2016), by its four finite points beside 0: the transforms' matrices
// follow from them by Toom's and Cook's construction. Name is the Plan's word for it.
//
// With the matrices A, B and G, a result is A^T (sum of (G g G^T) * (B^T d B)) A. Whatever the order of additions, rounding moves it by at most n * 2^-24
// times the same expression with the absolute values of the matrices and the operands, where n counts the roundings on the longest path (Barabasz,
// Anderson, Soodhalter & Gregg 2020, theorem 1). That is computed here, tile by tile, in float64.
type Winograd struct {
	Name   string
	Points [4]float64
	// Transforms are the roundings of the transforms of both operands and of the result on the longest path, each in both dimensions.
	Transforms float64
}

// Algorithm is the description for the suite.
func (w Winograd) Algorithm() Algorithm {
	return Algorithm{Name: w.Name, Bound: w.bound, Applies: func(operation program.Operation) bool {
		switch op := operation.(type) {
		case program.Convolution:
			return op.Weight.Shape[2] == 3
		case program.TransposedConvolution:
			return op.Weight.Shape[2] == 3
		case program.WeightGradient:
			return op.WeightGradient.Shape[2] == 3
		}
		return false
	}}
}

const (
	tile  = 4
	patch = 6
)

// matrices are |A|, |B^T| and |G|, with one row for each point.
type matrices struct {
	output [patch][tile]float64
	input  [patch][patch]float64
	weight [patch][3]float64
}

func (w Winograd) matrices() matrices {
	points := append([]float64{0}, w.Points[:]...)
	var m matrices
	for i, p := range points {
		others := 1.0
		polynomial := []float64{1} // the product of x - q for the other points q
		for k, q := range points {
			if k == i {
				continue
			}
			others *= p - q
			polynomial = timesRoot(polynomial, q)
		}
		for k := range tile {
			m.output[i][k] = math.Abs(math.Pow(p, float64(k)))
		}
		for k := range 3 {
			m.weight[i][k] = math.Abs(math.Pow(p, float64(k)) / others)
		}
		for k, coefficient := range polynomial {
			m.input[i][k] = math.Abs(coefficient)
		}
	}
	all := []float64{1}
	for _, q := range points {
		all = timesRoot(all, q)
	}
	for k, coefficient := range all {
		m.input[patch-1][k] = math.Abs(coefficient)
	}
	m.output[patch-1][tile-1], m.weight[patch-1][2] = 1, 1
	return m
}

// timesRoot multiplies a polynomial, lowest power first, with x - root.
func timesRoot(polynomial []float64, root float64) []float64 {
	product := make([]float64, len(polynomial)+1)
	for i, coefficient := range polynomial {
		product[i+1] += coefficient
		product[i] -= root * coefficient
	}
	return product
}

// sandwich is M x M^T for a matrix M of rows and a square x, both by element.
func sandwich(rows, columns int, matrix func(i, k int) float64, x func(i, k int) float64) []float64 {
	half, result := make([]float64, rows*columns), make([]float64, rows*rows)
	for i := range rows {
		for k := range columns {
			for j := range columns {
				half[i*columns+k] += matrix(i, j) * x(j, k)
			}
		}
	}
	for i := range rows {
		for k := range rows {
			for j := range columns {
				result[i*rows+k] += half[i*columns+j] * matrix(k, j)
			}
		}
	}
	return result
}

// image is the absolute values of a tensor of pixels, zero outside.
type image struct {
	values                  []float32
	height, width, channels int
}

func (m image) at(n, y, x, c int) float64 {
	if y < 0 || y >= m.height || x < 0 || x >= m.width {
		return 0
	}
	return math.Abs(float64(m.values[((n*m.height+y)*m.width+x)*m.channels+c]))
}

func imageOf(contents map[string]any, t program.Tensor) image {
	return image{contents[t.Name].([]float32), t.Shape[1], t.Shape[2], t.Shape[3]}
}

func (w Winograd) bound(c program.Case, contents map[string]any) map[string][]float64 {
	const unit = 0x1p-24
	switch op := c.Operation.(type) {
	case program.Convolution:
		magnitude := w.convolution(contents, op.Input, op.Weight, op.Output, false)
		addAbsolute(magnitude, contents, append(op.Residuals, op.Bias))
		roundings := float64(op.Input.Shape[3]) + 1 + w.Transforms + 3 // products and sums, transforms, bias and residuals
		return map[string][]float64{op.Output.Name: scaled(magnitude, roundings*unit)}
	case program.TransposedConvolution:
		magnitude := w.convolution(contents, op.Input, op.Weight, op.Output, true)
		addAbsolute(magnitude, contents, op.Residuals)
		roundings := float64(op.Input.Shape[3]) + 1 + w.Transforms + 2
		return map[string][]float64{op.Output.Name: scaled(magnitude, roundings*unit)}
	case program.WeightGradient:
		shape := op.OutputGradient.Shape
		tiles := shape[0] * ((shape[1] + tile - 1) / tile) * ((shape[2] + tile - 1) / tile)
		bound := map[string][]float64{
			op.WeightGradient.Name: scaled(w.weightGradient(contents, op), (float64(tiles)+1+w.Transforms)*unit),
		}
		if op.BiasGradient.Present() { // a direct sum
			sums := make([]float64, shape[3])
			for i, value := range contents[op.OutputGradient.Name].([]float32) {
				sums[i%shape[3]] += math.Abs(float64(value))
			}
			bound[op.BiasGradient.Name] = scaled(sums, float64(shape[0]*shape[1]*shape[2])*unit)
		}
		return bound
	}
	return nil
}

func scaled(values []float64, factor float64) []float64 {
	for i := range values {
		values[i] *= factor
	}
	return values
}

// addAbsolute adds the absolute values of tensors, the elements of shorter ones in turn.
func addAbsolute(sum []float64, contents map[string]any, tensors []program.Tensor) {
	for _, tensor := range tensors {
		if !tensor.Present() {
			continue
		}
		values := contents[tensor.Name].([]float32)
		for i := range sum {
			sum[i] += math.Abs(float64(values[i%len(values)]))
		}
	}
}

// eachTile visits the tiles of an image.
func eachTile(t program.Tensor, visit func(n, top, left int)) {
	for n := range t.Shape[0] {
		for top := 0; top < t.Shape[1]; top += tile {
			for left := 0; left < t.Shape[2]; left += tile {
				visit(n, top, left)
			}
		}
	}
}

// convolution is the expression above on absolute values, for each element of the output of a convolution or its adjoint.
func (w Winograd) convolution(contents map[string]any, input, weight, output program.Tensor, transposed bool) []float64 {
	m := w.matrices()
	in, weights := imageOf(contents, input), contents[weight.Name].([]float32)
	factor := func(i int) float64 {
		if input.Type == program.BFloat16 {
			return math.Abs(program.RoundBFloat16(float64(weights[i])))
		}
		return math.Abs(float64(weights[i]))
	}
	inputs, outputs := input.Shape[3], output.Shape[3]
	kernels := make([][]float64, inputs*outputs)
	for c := range inputs {
		for o := range outputs {
			kernels[c*outputs+o] = sandwich(patch, 3, func(i, k int) float64 { return m.weight[i][k] }, func(y, x int) float64 {
				if transposed {
					return factor((c*outputs+o)*9 + 8 - 3*y - x)
				}
				return factor((o*inputs+c)*9 + 3*y + x)
			})
		}
	}
	result := make([]float64, output.Elements())
	eachTile(output, func(n, top, left int) {
		products := make([]float64, outputs*patch*patch)
		for c := range inputs {
			d := sandwich(patch, patch, func(i, k int) float64 { return m.input[i][k] },
				func(y, x int) float64 { return in.at(n, top+y-1, left+x-1, c) })
			for o := range outputs {
				for f, value := range d {
					products[o*patch*patch+f] += kernels[c*outputs+o][f] * value
				}
			}
		}
		for o := range outputs {
			sums := sandwich(tile, patch, func(i, k int) float64 { return m.output[k][i] },
				func(y, x int) float64 { return products[(o*patch+y)*patch+x] })
			for f, value := range sums {
				if y, x := top+f/tile, left+f%tile; y < output.Shape[1] && x < output.Shape[2] {
					result[((n*output.Shape[1]+y)*output.Shape[2]+x)*outputs+o] = value
				}
			}
		}
	})
	return result
}

// weightGradient is G^T (sum over tiles of (A e A^T) * (B^T d B)) G on absolute values.
func (w Winograd) weightGradient(contents map[string]any, op program.WeightGradient) []float64 {
	m := w.matrices()
	in, gradient := imageOf(contents, op.Input), imageOf(contents, op.OutputGradient)
	products := make([]float64, gradient.channels*in.channels*patch*patch)
	eachTile(op.OutputGradient, func(n, top, left int) {
		e := make([][]float64, gradient.channels)
		for o := range e {
			e[o] = sandwich(patch, tile, func(i, k int) float64 { return m.output[i][k] },
				func(y, x int) float64 { return gradient.at(n, top+y, left+x, o) })
		}
		for c := range in.channels {
			d := sandwich(patch, patch, func(i, k int) float64 { return m.input[i][k] },
				func(y, x int) float64 { return in.at(n, top+y-1, left+x-1, c) })
			for o := range e {
				for f := range d {
					products[(o*in.channels+c)*patch*patch+f] += d[f] * e[o][f]
				}
			}
		}
	})
	result := make([]float64, op.WeightGradient.Elements())
	for i := range gradient.channels * in.channels {
		copy(result[i*9:], sandwich(3, patch, func(i, k int) float64 { return m.weight[k][i] },
			func(y, x int) float64 { return products[(i*patch+y)*patch+x] }))
	}
	return result
}
