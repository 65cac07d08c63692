package program

import (
	"math"
	"strings"
	"testing"

	"tweedie/engine/noise"
)

// TestCheckNamesTheMistake: one wrong operation after a right one, for each rule of programs and operations.
func TestCheckNamesTheMistake(t *testing.T) {
	nan := float32(math.NaN())
	temporary := func(name string, shape ...int) Tensor { return Tensor{Name: name, Shape: shape} }
	image, other := input("image", 2, 4, 6, 3), temporary("other", 2, 4, 6, 3)
	typed := func(t Tensor, element Type, role Role) Tensor {
		t.Type, t.Role = element, role
		return t
	}
	first := Add{Inputs: []Tensor{image}, Output: other}
	convolution := func(kernel int, out ...int) Convolution {
		return Convolution{Input: image, Weight: input("weight", 5, 3, kernel, kernel), Output: temporary("result", out...)}
	}
	biased, rectangular, crowded, masked := convolution(3, 2, 4, 6, 5), convolution(3, 2, 4, 6, 5), convolution(3, 2, 4, 6, 5), convolution(1, 2, 4, 6, 5)
	biased.Bias = input("bias", 3)
	rectangular.Weight.Shape = []int{5, 3, 3, 1}
	crowded.Residuals = []Tensor{input("a", 2, 4, 6, 5), input("b", 2, 4, 6, 5), input("c", 2, 4, 6, 5)}
	masked.Mask = input("mask", 2, 4, 6, 3)
	halfMasked, halfWeight := convolution(3, 2, 4, 6, 5), convolution(3, 2, 4, 6, 5)
	halfMasked.Mask, halfMasked.Output = input("mask", 2, 4, 6, 5), typed(halfMasked.Output, BFloat16, Temporary)
	halfWeight.Weight = typed(halfWeight.Weight, BFloat16, Input)
	odd := Convolution{Input: input("odd", 2, 4, 5, 3), Weight: input("weight", 5, 3, 2, 2), Output: temporary("result", 2, 2, 2, 5)}
	adam := func(beta1, beta2, epsilon float32) Adam {
		w, norm := input("w", 3), input("norm", 1)
		return Adam{Weight: w, Gradient: input("g", 3), FirstMoment: input("m", 3), SecondMoment: input("v", 3), Norm: norm, Beta1: beta1, Beta2: beta2, Epsilon: epsilon}
	}
	addNoise := func(from, to float32) AddNoise {
		return AddNoise{Clean: image, Noisy: temporary("noisy", 2, 4, 6, 3), Levels: temporary("levels", 2), From: from, To: to}
	}
	draw := func(components ...noise.Component) DrawConditions {
		return DrawConditions{Conditions: temporary("conditions", 2, 3), Levels: temporary("told", 2), Components: components}
	}
	poisson := func(from, to float32, until float32) noise.Component {
		return noise.Component{Model: 1, Ranges: [2]noise.Range{{From: from, To: to, Logarithmic: true}}, Until: until}
	}
	observe := Observe{Clean: image, Noisy: temporary("seen", 2, 4, 6, 3), Conditions: input("conditions", 3, 3)}
	patches := Patches{Samples: Tensor{Name: "samples", Shape: []int{9}, Type: Uint8, Role: Images}, Index: Tensor{Name: "index", Shape: []int{1, 4}, Type: Uint32, Role: Images}, Output: temporary("patches", 2, 3, 3, 1)}
	oblong, floating, twice := patches, patches, patches
	twice.Samples = typed(image, Uint8, Input)
	oblong.Output = temporary("patches", 2, 3, 4, 1)
	floating.Samples.Type = Float32
	for what, c := range map[string]struct {
		operation Operation
		want      string
	}{
		"an unwritten temporary":        {Add{Inputs: []Tensor{temporary("never", 3)}, Output: temporary("sum", 3)}, "never[3] is read before it is written"},
		"a temporary written twice":     {Add{Inputs: []Tensor{image}, Output: other}, "written twice"},
		"one name, two shapes":          {Add{Inputs: []Tensor{temporary("other", 2, 4, 6, 1)}, Output: temporary("sum", 2, 4, 6, 1)}, "declared before"},
		"one name, two types":           {twice, "declared before"},
		"one name, two roles":           {Add{Inputs: []Tensor{typed(image, Float32, Recorded)}, Output: temporary("sum", 2, 4, 6, 3)}, "declared before"},
		"a sum of two types":            {Add{Inputs: []Tensor{image}, Output: typed(temporary("sum", 2, 4, 6, 3), BFloat16, Temporary)}, "is bfloat16 and"},
		"a mask of another type":        {halfMasked, "is bfloat16 and"},
		"a weight in bfloat16":          {halfWeight, "not float32"},
		"a loss of rounded images":      {MSE{Denoised: typed(input("d", 2, 4, 6, 3), BFloat16, Input), Clean: image, Losses: temporary("losses", 2)}, "not float32"},
		"an image of integers":          {Convolution{Input: typed(input("i", 2, 4, 6, 3), Uint8, Input), Weight: input("weight", 5, 3, 3, 3), Output: temporary("result", 2, 4, 6, 5)}, "not float32 or bfloat16"},
		"no summand":                    {Add{Output: temporary("sum", 2)}, "0 inputs"},
		"summands of two shapes":        {Add{Inputs: []Tensor{image, input("row", 6)}, Output: temporary("sum", 2, 4, 6, 3)}, "differ"},
		"a bias of the input":           {biased, "bias[3]"},
		"a kernel that is not square":   {rectangular, "kernel"},
		"a kernel of 4":                 {convolution(4, 2, 4, 6, 5), "kernel"},
		"three residuals":               {crowded, "3 residuals"},
		"a mask of the input":           {masked, "differ"},
		"a result of another height":    {convolution(3, 2, 3, 6, 5), "do not fit"},
		"a result of another depth":     {convolution(3, 2, 4, 6, 4), "do not fit"},
		"a stride that does not divide": {odd, "multiples of the stride"},
		"an adjoint that does not fit":  {TransposedConvolution{Input: image, Weight: input("weight", 5, 3, 3, 3), Output: temporary("result", 2, 4, 6, 5)}, "do not fit"},
		"a gradient's kernel":           {WeightGradient{Input: image, OutputGradient: input("g", 2, 4, 6, 5), WeightGradient: temporary("result", 5, 4, 3, 3)}, "do not fit"},
		"beta1 of 1":                    {adam(1, 0.9, 1e-8), "beta1"},
		"beta2 that is no number":       {adam(0.9, nan, 1e-8), "beta2"},
		"epsilon that is no number":     {adam(0.9, 0.99, nan), "epsilon"},
		"epsilon of 0":                  {adam(0.9, 0.99, 0), "epsilon"},
		"a decay of 1":                  {Average{input("average", 3), input("w", 3), 1}, "decay"},
		"a decay that is no number":     {Average{input("average", 3), input("w", 3), nan}, "decay"},
		"levels the wrong way round":    {addNoise(0.2, 0.1), "levels"},
		"a negative level":              {addNoise(-0.1, 0.1), "levels"},
		"a level that is no number":     {addNoise(0.1, nan), "levels"},
		"no noise model":                {draw(), "0 models"},
		"an unknown noise model":        {draw(noise.Component{Model: 99, Until: 1}), "number 99"},
		"a scale of 0":                  {draw(poisson(0, 1, 1)), "range of peak"},
		"a peak that is no number":      {draw(poisson(1, nan, 1)), "range of peak"},
		"models for half the samples":   {draw(poisson(1, 2, 0.5)), "make up 0.5"},
		"shares that run backwards":     {draw(poisson(1, 2, 0.5), poisson(1, 2, 0.5)), "does not come after"},
		"conditions of other samples":   {observe, "one condition"},
		"oblong patches":                {oblong, "square"},
		"patches of floats":             {floating, "uint8"},
		"losses of other samples":       {MSE{Denoised: image, Clean: image, Losses: temporary("losses", 3)}, "one loss"},
		"errors of other samples":       {L1{Denoised: image, Clean: image, Losses: temporary("losses", 3)}, "one loss"},
		"errors of another image":       {L1{Denoised: image, Clean: input("c", 2, 4, 6, 1), Losses: temporary("losses", 2)}, "differ"},
		"no gradients":                  {GradientNorm{Norm: temporary("norm", 1)}, "no gradients"},
		"a ring of one column":          {Record{input("losses", 2), input("norm", 1), Tensor{Name: "ring", Shape: []int{5, 1}, Role: Recorded}}, "do not fit"},
		"a map that adds no channel":    {NoiseMap{image, input("levels", 2), temporary("result", 2, 4, 6, 3)}, "do not fit"},
		"channels out of nothing":       {Channels{image, temporary("result", 2, 4, 6, 4)}, "do not fit"},
	} {
		p := &Program{Name: "wrong", Operations: []Operation{first, c.operation}}
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), "program wrong, operation 1") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s gives %v, want %q", what, err, c.want)
		}
	}
	right := &Program{Operations: []Operation{first, convolution(3, 2, 4, 6, 5), adam(0.9, 0.99, 1e-8), addNoise(0.1, 0.1), draw(poisson(1, 2, 0.5), poisson(3, 4, 1)), patches}}
	if err := right.Check(); err != nil {
		t.Errorf("a program without a mistake gives %v", err)
	}
}
