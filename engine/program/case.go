package program

import (
	"fmt"
	"math"
)

// Case is one operation at one size that every device must compute as the reference does. All its tensors live in the State: what it
// reads has the role Input, what it only writes Recorded.
//
// A device's result may differ from the reference by Roundings * 2^-24 * magnitude + Absolute at each element, where the magnitude is the
// result of the operation Magnitude on the absolute values of the inputs, or the absolute value of the result if Magnitude is nil.
// Roundings counts the float32 roundings on the longest path to an element. An element for which both are zero must be equal. A BFloat16 result
// may differ by one unit in its last place more: two values however near may be rounded to two neighbours.
type Case struct {
	Name      string
	Operation Operation
	Scalars   Scalars
	Magnitude Operation
	Roundings float64
	Absolute  float64
	Contents  map[string]any // by tensor name; others are filled with values in [-1, 1], or any value of an integer type
}

// Cases lists the cases of every operation, at awkward sizes: one, primes, and one less and one more than each tile.
func Cases() []Case {
	var cases []Case
	for _, list := range [][]Case{
		convolutionCases(), transposedCases(), weightGradientCases(), bfloat16Cases(), addCases(), channelCases(),
		mseCases(), l1Cases(), gradientNormCases(), adamCases(), averageCases(), recordCases(), patchesCases(), addNoiseCases(), extendCases(), drawConditionsCases(), observeCases(),
		randomProbeCases(), displaceCases(), sureCases(), reshapeCases(), siluCases(), scaleSamplesCases(), preconditionCases(), curveCases(),
	} {
		for _, c := range list {
			c.Name = fmt.Sprintf("%T/%s", c.Operation, c.Name)[len("program."):]
			cases = append(cases, c)
		}
	}
	return cases
}

func input(name string, shape ...int) Tensor {
	return Tensor{Name: name, Shape: shape, Role: Input}
}

func output(name string, shape ...int) Tensor {
	return Tensor{Name: name, Shape: shape, Role: Recorded}
}

// convolutionSize is the shape of one convolution: a sample of height x width positions in the narrower of its two images.
type convolutionSize struct{ samples, height, width, inputs, outputs, kernel int }

func (s convolutionSize) String() string {
	return fmt.Sprintf("%dx%d,%dx%dx%d,%d>%d", s.kernel, s.kernel, s.samples, s.height, s.width, s.inputs, s.outputs)
}

// wide, weight and narrow are the three tensors of a convolution: what it reads, its weight, what it writes.
func (s convolutionSize) wide(name string, role Role) Tensor {
	stride := kernelStride(Tensor{Shape: []int{0, 0, s.kernel, s.kernel}})
	return Tensor{Name: name, Shape: []int{s.samples, s.height * stride, s.width * stride, s.inputs}, Role: role}
}

func (s convolutionSize) weight(name string, role Role) Tensor {
	return Tensor{Name: name, Shape: []int{s.outputs, s.inputs, s.kernel, s.kernel}, Role: role}
}

func (s convolutionSize) narrow(name string, role Role) Tensor {
	return Tensor{Name: name, Shape: []int{s.samples, s.height, s.width, s.outputs}, Role: role}
}

// convolutionSizes are around vectors of 4, 8 and 16 channels, tiles of 6, 7 and 14 pixels, and blocks of 32 and 64 channels.
func convolutionSizes() []convolutionSize {
	sizes := []convolutionSize{
		{1, 1, 1, 1, 1, 3}, {2, 1, 2, 3, 5, 3}, {1, 2, 1, 5, 3, 3}, {1, 3, 5, 1, 33, 3}, {2, 5, 13, 1, 64, 3}, {1, 5, 15, 2, 31, 3},
		{2, 4, 14, 17, 1, 3}, {1, 7, 29, 64, 1, 3}, {2, 3, 7, 64, 2, 3}, {1, 6, 7, 15, 17, 3}, {3, 5, 6, 16, 16, 3}, {1, 9, 8, 31, 33, 3}, {2, 8, 13, 32, 32, 3},
		{1, 4, 43, 33, 65, 3}, {1, 13, 14, 64, 64, 3}, {17, 2, 3, 4, 8, 3}, {1, 3, 4, 97, 101, 3},
		{1, 1, 1, 1, 1, 1}, {2, 3, 5, 17, 33, 1}, {1, 2, 27, 64, 7, 1}, {1, 5, 3, 1, 1, 1},
		{1, 1, 1, 1, 1, 2}, {2, 3, 5, 3, 7, 2}, {1, 4, 8, 16, 32, 2}, {2, 2, 15, 33, 17, 2}, {1, 7, 4, 32, 64, 2},
	}
	return sizes
}

func convolutionCases() []Case {
	var cases []Case
	for i, size := range convolutionSizes() {
		// The cycle of epilogues has a length that is prime to the list's pattern, so that each meets many sizes.
		op := Convolution{Input: size.wide("input", Input), Weight: size.weight("weight", Input), Output: size.narrow("output", Recorded)}
		magnitude := op
		if i%2 == 0 {
			op.Bias = input("bias", size.outputs)
		}
		for k := range i % 3 {
			op.Residuals = append(op.Residuals, size.narrow(fmt.Sprint("residual", k), Input))
		}
		magnitude.Bias, magnitude.Residuals = op.Bias, op.Residuals
		if i%5 == 1 || i%5 == 3 {
			op.Mask = size.narrow("mask", Input)
		}
		op.ReLU, op.Negate = i%4 < 2, i%5 > 2
		cases = append(cases, Case{
			Name: size.String(), Operation: op, Magnitude: magnitude, Roundings: float64(size.inputs*size.kernel*size.kernel) + 4,
		})
	}
	return cases
}

func transposedCases() []Case {
	var cases []Case
	for i, size := range convolutionSizes() {
		op := TransposedConvolution{Input: size.narrow("input", Input), Weight: size.weight("weight", Input), Output: size.wide("output", Recorded)}
		for k := range i % 3 {
			op.Residuals = append(op.Residuals, size.wide(fmt.Sprint("residual", k), Input))
		}
		magnitude := op
		if i%5 == 1 || i%5 == 3 {
			op.Mask = size.wide("mask", Input)
		}
		op.Negate = i%5 > 2
		cases = append(cases, Case{
			Name: size.String(), Operation: op, Magnitude: magnitude, Roundings: float64(size.outputs*size.kernel*size.kernel) + 3,
		})
	}
	return cases
}

func weightGradientCases() []Case {
	var cases []Case
	for i, size := range convolutionSizes() {
		op := WeightGradient{
			Input: size.wide("input", Input), OutputGradient: size.narrow("outputGradient", Input), WeightGradient: size.weight("weightGradient", Recorded),
		}
		if i%2 == 0 {
			op.BiasGradient = output("biasGradient", size.outputs)
		}
		magnitude := op
		op.Negate = i%3 == 1
		cases = append(cases, Case{
			Name: size.String(), Operation: op, Magnitude: magnitude, Roundings: float64(size.samples*size.height*size.width) + 2,
		})
	}
	return cases
}

// lengths are around vectors of 4, 8 and 16 elements, a prime, and one that a device cuts into several tasks.
func lengths() []int { return []int{1, 3, 7, 15, 16, 17, 31, 33, 1031, 20011} }

func addCases() []Case {
	var cases []Case
	for i, n := range lengths() {
		op := Add{Output: output("output", n)}
		for k := range 1 + i%3 {
			op.Inputs = append(op.Inputs, input(fmt.Sprint("input", k), n))
		}
		magnitude := op
		if i%2 == 0 {
			op.Mask = input("mask", n)
		}
		cases = append(cases, Case{Name: fmt.Sprint("n=", n), Operation: op, Magnitude: magnitude, Roundings: 2})
	}
	return cases
}

func channelCases() []Case {
	var cases []Case
	for _, few := range []int{1, 2, 15, 16} {
		name := fmt.Sprint("c=", few)
		cases = append(cases,
			Case{Name: name, Operation: NoiseMap{input("input", 2, 3, 5, few), input("level", 2), output("output", 2, 3, 5, few+1)}},
			Case{Name: name, Operation: Channels{input("input", 2, 3, 5, few+3), output("output", 2, 3, 5, few)}},
			Case{Name: name, Operation: PadChannels{input("input", 2, 3, 5, few), output("output", 2, 3, 5, few+3)}},
		)
	}
	return cases
}

func lossShapes() [][]int {
	return [][]int{{1, 1, 1, 1}, {3, 5, 7, 1}, {2, 16, 16, 1}, {17, 3, 11, 1}, {2, 3, 3, 3}}
}

func mseCases() []Case {
	var cases []Case
	for i, shape := range lossShapes() {
		op := MSE{Denoised: input("denoised", shape...), Clean: input("clean", shape...), Losses: output("losses", shape[0])}
		if i != 2 {
			op.Gradient = output("gradient", shape...)
		}
		// Every term is positive, so that the bound is relative; a difference is rounded once.
		cases = append(cases, Case{Name: fmt.Sprint(shape), Operation: op, Roundings: float64(shape[1]*shape[2]*shape[3]) + 4})
	}
	return cases
}

func gradientNormCases() []Case {
	var cases []Case
	for _, n := range lengths() {
		op := GradientNorm{Gradients: []Tensor{input("first", n), input("second", 3), input("third", n, 2)}, Norm: output("norm", 1)}
		cases = append(cases, Case{Name: fmt.Sprint("n=", n), Operation: op, Roundings: 4 + float64(3*n+3)/2})
	}
	return cases
}

func adamCases() []Case {
	var cases []Case
	for i, n := range lengths() {
		op := Adam{
			Weight: input("weight", n), Gradient: input("gradient", n), FirstMoment: input("m", n), SecondMoment: input("v", n),
			Norm: input("norm", 1), Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Clip: float32(i % 4),
		}
		second := make([]float32, n)
		for k := range second {
			second[k] = 0.01 + float32(k%7)
		}
		// m and v take three roundings of values up to 1 and 6, and the quotient, below 1e3 at step 0, ten more, at a rate of 1e-3.
		cases = append(cases, Case{
			Name: fmt.Sprint("n=", n), Operation: op, Scalars: Scalars{Step: uint64(i * i * 3), LearningRate: 1e-3},
			Roundings: 4, Absolute: 20 * 0x1p-24, Contents: map[string]any{"v": second, "norm": []float32{2.5}},
		})
		if n == 17 { // a norm that is not finite changes no bit
			for _, norm := range []float64{math.NaN(), math.Inf(1)} {
				cases = append(cases, Case{
					Name: fmt.Sprint("norm=", norm), Operation: op, Scalars: Scalars{LearningRate: 1e-3},
					Contents: map[string]any{"v": second, "norm": []float32{float32(norm)}},
				})
			}
		}
	}
	return cases
}

func averageCases() []Case {
	var cases []Case
	for i, n := range lengths() {
		cases = append(cases, Case{
			Name: fmt.Sprint("n=", n), Operation: Average{input("average", n), input("weight", n), 0.999},
			Scalars: Scalars{Step: uint64(i * i * i * 100)}, Absolute: 6 * 0x1p-24, // three roundings of values up to 2
		})
	}
	return cases
}

func recordCases() []Case {
	var cases []Case
	for _, n := range []int{1, 8, 33} {
		ring := input("ring", 5, 2)
		cases = append(cases, Case{
			Name: fmt.Sprint("n=", n), Operation: Record{input("losses", n), input("norm", 1), ring},
			Scalars: Scalars{Step: uint64(3 + n)}, Absolute: float64(n+2) * 0x1p-24,
		})
	}
	return cases
}

func patchesCases() []Case {
	var cases []Case
	for _, element := range []Type{Uint8, Uint16} {
		for _, size := range [][2]int{{1, 1}, {7, 7}, {16, 16}, {1, 2}, {13, 5}, {16, 16}} {
			op := Patches{
				Samples: Tensor{Name: "samples", Shape: []int{16*16 + 17*40 + 100*16}, Type: element, Role: Images},
				Index:   Tensor{Name: "index", Shape: []int{3, 4}, Type: Uint32, Role: Images},
				Output:  output("output", 19, size[0], size[1], 1), Seed: 1<<40 + 5, Upright: len(cases)%6 > 2,
			}
			cases = append(cases, Case{
				Name: fmt.Sprintf("%v,%v,upright=%v", element, size, op.Upright), Operation: op, Scalars: Scalars{Step: 12345},
				Contents: map[string]any{"index": []uint32{0, 0, 16, 16, 16 * 16, 0, 17, 40, 16*16 + 17*40, 0, 100, 16}},
			})
		}
	}
	return cases
}

func addNoiseCases() []Case {
	var cases []Case
	for i, shape := range [][]int{{1, 1, 1, 1}, {2, 1, 3, 1}, {3, 5, 7, 1}, {2, 8, 8, 1}, {5, 4, 33, 2}, {2, 70, 60, 1}} {
		op := AddNoise{
			Clean: input("clean", shape...), Noisy: output("noisy", shape...), Levels: output("levels", shape[0]),
			From: 0.1, To: 0.1 + float32(i)/10, Seed: 9 + 1<<35, Stream: 4,
		}
		if i == 3 {
			op.Levels = input("levels", shape[0])
		}
		// A level up to 1 in magnitude times a value within NormalBound = 8 * 2^-22, and the roundings of level, product and sum.
		cases = append(cases, Case{
			Name: fmt.Sprint(shape), Operation: op, Scalars: Scalars{Step: 77}, Absolute: 8*0x1p-22 + 20*0x1p-24, Roundings: 2,
		})
	}
	return cases
}
