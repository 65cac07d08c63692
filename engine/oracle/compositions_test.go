package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"tweedie/engine/device/cpu"
	"tweedie/engine/program"
)

// composer draws a small program, operation by operation, out of what was written before.
type composer struct {
	*rand.Rand
	samples    int
	operations []program.Operation
	images     []program.Tensor // those that may be read
	weights    []program.Tensor
	factors    []program.Tensor // one number a sample
	count      int
}

func (c *composer) name(kind string) string {
	c.count++
	return fmt.Sprint(kind, c.count)
}

func (c *composer) new(shape []int, channels int) program.Tensor {
	return program.Tensor{Name: c.name("t"), Shape: []int{shape[0], shape[1], shape[2], channels}}
}

func (c *composer) input(shape ...int) program.Tensor {
	return program.Tensor{Name: c.name("input"), Shape: shape, Role: program.Input}
}

func (c *composer) weight(shape ...int) program.Tensor {
	c.weights = append(c.weights, program.Tensor{Name: c.name("weight"), Shape: shape, Role: program.Weight})
	return c.weights[len(c.weights)-1]
}

func pick[T any](c *composer, from []T) T { return from[c.IntN(len(from))] }

// like are up to so many images of a tensor's shape.
func (c *composer) like(t program.Tensor, most int) []program.Tensor {
	var found []program.Tensor
	for _, i := range c.Perm(len(c.images)) {
		if len(found) < most && slices.Equal(c.images[i].Shape, t.Shape) && c.IntN(3) > 0 {
			found = append(found, c.images[i])
		}
	}
	return found
}

// mask is none, an image of a tensor's shape, or a new input.
func (c *composer) mask(t program.Tensor) program.Tensor {
	switch c.IntN(6) {
	case 0:
		return c.input(t.Shape...)
	case 1:
		if found := c.like(t, 1); len(found) > 0 {
			return found[0]
		}
	}
	return program.Tensor{}
}

func (c *composer) factor() program.Tensor {
	if len(c.factors) == 0 || c.IntN(3) == 0 {
		c.factors = append(c.factors, c.input(c.samples))
	}
	return pick(c, c.factors)
}

// append adds one operation on an image that is there.
func (c *composer) append() {
	x := pick(c, c.images[max(0, len(c.images)-4):])
	channels, few := x.Shape[3], 1+c.IntN(5)
	if c.IntN(2) == 0 {
		few = 3 // so that many images have one shape, and may be added
	}
	var operation program.Operation
	switch c.IntN(12) {
	case 0, 1, 2:
		op := program.Convolution{Input: x, ReLU: c.IntN(2) == 0, Negate: c.IntN(4) == 0}
		kernel := []int{1, 3, 3}[c.IntN(3)]
		op.Weight, op.Output = c.weight(few, channels, kernel, kernel), c.new(x.Shape, few)
		if c.IntN(2) == 0 {
			op.Bias = c.weight(few)
		}
		op.Residuals, op.Mask = c.like(op.Output, c.IntN(3)), c.mask(op.Output)
		operation = op
	case 3:
		if x.Shape[1]%2+x.Shape[2]%2 > 0 {
			return
		}
		op := program.Convolution{Input: x, Weight: c.weight(few, channels, 2, 2), Output: c.new([]int{c.samples, x.Shape[1] / 2, x.Shape[2] / 2}, few)}
		op.Residuals, op.Mask = c.like(op.Output, c.IntN(3)), c.mask(op.Output)
		operation = op
	case 4, 5:
		kernel := 1 + c.IntN(3)
		scale := 1
		if kernel == 2 {
			scale = 2
		}
		if x.Shape[1]*scale > 12 {
			return
		}
		op := program.TransposedConvolution{
			Input: x, Weight: c.weight(channels, few, kernel, kernel), Output: c.new([]int{c.samples, scale * x.Shape[1], scale * x.Shape[2]}, few), Negate: c.IntN(3) == 0,
		}
		op.Residuals, op.Mask = c.like(op.Output, c.IntN(3)), c.mask(op.Output)
		operation = op
	case 6:
		operation = program.Add{Inputs: append(c.like(x, 2), x), Mask: c.mask(x), Output: c.new(x.Shape, channels)}
	case 7:
		if few > channels {
			operation = program.PadChannels{Input: x, Output: c.new(x.Shape, few)}
		} else {
			operation = program.Channels{Input: x, Output: c.new(x.Shape, few)}
		}
	case 8:
		if channels > 5 {
			return
		}
		operation = program.NoiseMap{Input: x, Level: c.factor(), Output: c.new(x.Shape, channels+1)}
	case 9:
		operation = program.SiLU{Input: x, Factors: c.like(x, c.IntN(2)), Order: c.IntN(2), Output: c.new(x.Shape, channels)}
	case 10:
		op := program.ScaleSamples{Inputs: append(c.like(x, c.IntN(2)), x), Output: c.new(x.Shape, channels)}
		for range op.Inputs {
			op.Factors = append(op.Factors, c.factor())
		}
		operation = op
	case 11:
		if c.IntN(2) == 0 {
			operation = program.Curve{
				Input: x, Output: c.new(x.Shape, channels), Kind: program.CurveKind(c.IntN(2)), Offset: 0.5 + c.Float32(), Inverse: c.IntN(2) == 0, Order: c.IntN(2),
			}
			break
		}
		height := pick(c, []int{1, x.Shape[1], x.Shape[1] * x.Shape[2]})
		operation = program.Reshape{Input: x, Output: c.new([]int{c.samples, height, x.Shape[1] * x.Shape[2] / height}, channels)}
	}
	c.operations = append(c.operations, operation)
	c.images = append(c.images, operation.Writes()[0])
}

// compose draws a training step of up to so many operations, and lists its tensors that have values. If tangent, what is trained is how the result moves with the image, and
// gradients are second derivatives.
func compose(number uint64, most int, tangent bool) ([]program.Operation, []program.Tensor, error) {
	c := &composer{Rand: rand.New(rand.NewPCG(number, 1)), samples: 1 + int(number%3)}
	c.images = []program.Tensor{c.input(c.samples, 1+c.IntN(8), 1+c.IntN(8), 1+c.IntN(3))}
	c.operations = append(c.operations, program.Convolution{
		Input: c.images[0], Weight: c.weight(3, c.images[0].Shape[3], 3, 3), Output: c.new(c.images[0].Shape, 3),
	})
	c.images = append(c.images, c.operations[0].Writes()[0])
	for range 1 + c.IntN(most) {
		c.append()
	}
	x := c.images[len(c.images)-1]
	last := c.new(x.Shape, x.Shape[3])
	c.operations = append(c.operations, program.Convolution{Input: x, Weight: c.weight(x.Shape[3], x.Shape[3], 1, 1), Residuals: c.like(x, 2), Output: last})
	if tangent {
		moving, tangents, err := program.Tangent(c.operations, map[string]program.Tensor{c.images[0].Name: c.input(c.images[0].Shape...)})
		if err != nil {
			return nil, nil, err
		}
		c.operations = append(c.operations, moving...)
		last = tangents[last.Name]
	}
	errors := program.MSE{
		Denoised: last, Clean: c.input(last.Shape...), Losses: program.Tensor{Name: "losses", Shape: last.Shape[:1]},
		Gradient: program.Tensor{Name: "gradient", Shape: last.Shape},
	}
	seed, step := errors.Gradient, slices.Clone(c.operations)
	switch c.IntN(4) {
	case 0:
		step = append(step, program.L1(errors))
	case 1:
		seed = program.Tensor{Name: "weighted", Shape: last.Shape}
		step = append(step, errors, program.ScaleSamples{Inputs: []program.Tensor{errors.Gradient}, Factors: []program.Tensor{c.input(c.samples)}, Output: seed})
	default:
		step = append(step, errors)
	}
	backward, gradients, err := program.Gradient(c.operations, map[string]program.Tensor{last.Name: seed}, c.weights)
	if err != nil {
		return nil, nil, err
	}
	step = append(step, backward...)
	norm := program.GradientNorm{Norm: program.Tensor{Name: "norm", Shape: []int{1}}}
	var updates []program.Operation
	for _, weight := range c.weights {
		if gradient, found := gradients[weight.Name]; found {
			norm.Gradients = append(norm.Gradients, gradient)
			moment := func(name string) program.Tensor {
				return program.Tensor{Name: name + weight.Name, Shape: weight.Shape, Role: program.FirstMoment}
			}
			updates = append(updates, program.Adam{
				Weight: weight, Gradient: gradient, FirstMoment: moment("first"), SecondMoment: moment("second"), Norm: norm.Norm, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8,
			})
		}
	}
	step = append(append(step, norm), updates...)
	p := program.Program{Name: "composition", Operations: step}
	return step, p.Tensors(), p.Check()
}

// valued gives tensors values; weights keep what they are applied to about as large.
func valued(tensors []program.Tensor, point string) map[string][]float64 {
	values := map[string][]float64{}
	for _, tensor := range tensors {
		if tensor.Role != program.Input && tensor.Role != program.Weight {
			continue
		}
		scale := 1.0
		if tensor.Role == program.Weight && len(tensor.Shape) == 4 {
			scale = 1 / math.Sqrt(float64(tensor.Elements()/tensor.Shape[0]))
		}
		values[tensor.Name] = normals(point+tensor.Name, tensor.Elements())
		for i, value := range values[tensor.Name] {
			values[tensor.Name][i] = float64(float32(scale * value))
		}
	}
	return values
}

// TestWitnessesAgreeOnCompositions of operations that nobody would write, drawn at random: TWEEDIE_COMPOSITIONS of them, or a few. As everywhere, a contradiction counts
// if it is met at three points.
func TestWitnessesAgreeOnCompositions(t *testing.T) {
	compositions := uint64(100)
	if text := os.Getenv("TWEEDIE_COMPOSITIONS"); text != "" {
		var err error
		if compositions, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	fast, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer fast.Close()
	seen, second, again := map[string]int{}, 0, 0
	for number := range compositions {
		step, tensors, err := compose(number, 12, number%3 == 2)
		if err != nil && number%3 == 2 { // of a derivative there is no third one
			step, tensors, err = compose(number, 12, false)
		} else if number%3 == 2 {
			second++
		}
		if err != nil {
			t.Fatalf("composition %d: %v", number, err)
		}
		var rows []Row
		for point := range 3 {
			if rows, err = Check(step, valued(tensors, fmt.Sprint(number, point)), fast); err != nil {
				t.Fatalf("composition %d: %v", number, err)
			}
			if !slices.ContainsFunc(rows, Row.Failed) {
				break
			}
			again++
		}
		for _, row := range rows {
			if row.Failed() {
				t.Errorf("composition %d, %s %v: %v", number, row.Kind, row.Tensor, row.Distances)
			}
			seen[row.Kind]++
		}
	}
	t.Logf("%d compositions, %d of them of tangents; %d gradients, %d further points; results of %v", compositions, second, seen["gradient"], again, seen)
	if len(seen) < 10 || seen["gradient"] < int(compositions) || second < int(compositions)/10 {
		t.Errorf("only %v were seen", seen)
	}
}
