//go:build gpu

package kernels

import (
	"fmt"
	"math"

	"tweedie/kernels/driver"
)

// floatArray holds values of a type, as a kernel and as the reference read them.
type floatArray struct {
	kind    Type
	values  []float64 // rounded to the type
	address driver.Address
}

// random uploads n values in [-1, 1), rounded to the type. Every seventh is zero, half of these negative: masks and ReLUs must tell them
// from positive.
func (b *bench) random(seed uint64, n int, kind Type) floatArray {
	b.Helper()
	list := values(seed, n)
	for i := int(seed % 7); i < n; i += 7 {
		list[i] = float32(math.Copysign(0, float64(list[i])))
	}
	a := floatArray{kind: kind, values: make([]float64, n)}
	rounded := make([]uint16, n)
	for i, value := range list {
		rounded[i] = roundBFloat16(value)
		if kind == BFloat16 {
			value = singleOf(rounded[i])
		}
		a.values[i] = float64(value)
	}
	if kind == BFloat16 {
		a.address = upload(b, rounded, 0)
	} else {
		a.address = upload(b, list, 0)
	}
	return a
}

// result downloads n values of a type.
func (b *bench) result(address driver.Address, n int, kind Type) []float32 {
	b.Helper()
	if kind == Float32 {
		return download[float32](b, address, n)
	}
	list := make([]float32, n)
	for i, bits := range download[uint16](b, address, n) {
		list[i] = singleOf(bits)
	}
	return list
}

// roundedTo rounds as a kernel rounds a weight for inputs of a type.
func roundedTo(kind Type, value float64) float64 {
	if kind == BFloat16 {
		return float64(singleOf(roundBFloat16(float32(value))))
	}
	return value
}

// convolutionOperands are one convolution's arrays on the host; what is nil is absent.
type convolutionOperands struct {
	input, weight, bias []float64
	residuals           [][]float64
	mask                []float64
	negate, relu        bool
}

// eachProduct calls for each product of a forward convolution: the index of an element of the wide image, of the weight and of the narrow
// image. Height and width are those of the wide one, which has the input channels.
func eachProduct(samples, height, width, inputs, outputs, kernel int, product func(wide, weight, narrow int)) {
	stride, padding := 1, 0
	if kernel == 2 {
		stride = 2
	}
	if kernel == 3 {
		padding = 1
	}
	for n := range samples {
		for y := range height / stride {
			for x := range width / stride {
				for ky := range kernel {
					for kx := range kernel {
						v, u := y*stride+ky-padding, x*stride+kx-padding
						if v < 0 || v >= height || u < 0 || u >= width {
							continue
						}
						for o := range outputs {
							for i := range inputs {
								product(((n*height+v)*width+u)*inputs+i, ((o*inputs+i)*kernel+ky)*kernel+kx,
									((n*(height/stride)+y)*(width/stride)+x)*outputs+o)
							}
						}
					}
				}
			}
		}
	}
}

// outputShape is the height and width of c's output.
func (c Convolution) outputShape() (height, width int) {
	height, width = c.positions()
	return height * c.scale(), width * c.scale()
}

// reference computes c in float64, and how far a result may be off: one float32 rounding for each product and each step of the epilogue, of
// the sum of magnitudes, and the rounding to the output's type. Tensor cores may cut off instead of rounding, twice as much.
func (c Convolution) reference(a Algorithm, ops convolutionOperands) (want, bound []float64) {
	height, width := c.outputShape()
	want = make([]float64, c.Samples*height*width*c.OutChannels)
	magnitude := make([]float64, len(want))
	add := func(input, weight, output int) {
		term := ops.input[input] * roundedTo(c.Input, ops.weight[weight])
		want[output] += term
		magnitude[output] += math.Abs(term)
	}
	if c.Transposed {
		eachProduct(c.Samples, height, width, c.OutChannels, c.Channels, c.Kernel, func(wide, weight, narrow int) { add(narrow, weight, wide) })
	} else {
		eachProduct(c.Samples, c.Height, c.Width, c.Channels, c.OutChannels, c.Kernel, add)
	}
	unit := 0x1p-24
	if a == TensorCore || a == Wgmma {
		unit = 0x1p-23
	}
	bound = make([]float64, len(want))
	for i := range want {
		if ops.bias != nil {
			want[i] += ops.bias[i%c.OutChannels]
			magnitude[i] += math.Abs(ops.bias[i%c.OutChannels])
		}
		if ops.negate {
			want[i] = -want[i]
		}
		for _, residual := range ops.residuals {
			want[i] += residual[i]
			magnitude[i] += math.Abs(residual[i])
		}
		if ops.relu {
			want[i] = max(want[i], 0)
		}
		bound[i] = float64(c.taps()*c.Channels+4) * unit * magnitude[i]
		if c.Output == BFloat16 {
			bound[i] += 0x1p-8 * (math.Abs(want[i]) + bound[i])
		}
		if ops.mask != nil && !(ops.mask[i] > 0) {
			want[i], bound[i] = 0, 0
		}
	}
	return want, bound
}

// compare reports the first element that is not within its bound.
func compare(got []float32, want, bound []float64) error {
	if len(got) != len(want) || len(got) == 0 {
		return fmt.Errorf("%d elements, want %d", len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(float64(got[i])-want[i]) <= bound[i]) {
			return fmt.Errorf("element %d is %v, want %v within %v", i, got[i], want[i], bound[i])
		}
	}
	return nil
}

// free releases all arrays, where the emulator reports what was overwritten around them.
func (b *bench) free() {
	b.Helper()
	b.must(b.stream.Synchronize())
	for _, array := range b.arrays {
		b.must(driver.Free(array))
	}
	b.arrays = nil
}

// reference computes g in float64 from values of its types, and how far results may be off: one float32 rounding for each pixel and slice,
// of the sum of magnitudes.
func (g WeightGradient) reference(a Algorithm, input, gradient []float64, negate bool) (weight, weightBound, bias, biasBound []float64) {
	weights := g.OutChannels * g.Channels * g.Kernel * g.Kernel
	weight, weightBound = make([]float64, weights), make([]float64, weights)
	bias, biasBound = make([]float64, g.OutChannels), make([]float64, g.OutChannels)
	sign := 1.0
	if negate {
		sign = -1
	}
	height, width := g.convolution().positions()
	bound := float64(g.Samples*height*width+8) * 0x1p-24
	eachProduct(g.Samples, g.Height, g.Width, g.Channels, g.OutChannels, g.Kernel, func(wide, of, narrow int) {
		term := sign * input[wide] * gradient[narrow]
		weight[of] += term
		if a == TensorCore {
			weightBound[of] += bound * math.Abs(term)
		}
		weightBound[of] += bound * math.Abs(term)
	})
	for i, value := range gradient {
		bias[i%g.OutChannels] += sign * value
		biasBound[i%g.OutChannels] += bound * math.Abs(value)
	}
	return weight, weightBound, bias, biasBound
}
