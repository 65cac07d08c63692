package program

import (
	"fmt"
	"slices"
)

// LeastLevel is what Precondition takes for smaller levels, a quarter of a step of 8-bit images, so that no level is divided by that is zero.
const LeastLevel = 0x1p-10

// Precondition computes from each sample's noise level how a denoiser is built from a network F, so that F's input and target have about unit
// variance at every level (Karras, Aittala, Aila & Laine 2022, table 1):
//
//	D(y)   = Skip y + Out F(In y, Noise)
//	Skip   = d^2 / (s^2 + d^2),  Out = s d / sqrt(s^2 + d^2),  In = 1 / sqrt(s^2 + d^2),  Noise = ln(s) / 4
//	Weight = 1 / Out^2 = (s^2 + d^2) / (s d)^2, of a sample's squared error, which makes all levels count alike
//
// for s = max(level, LeastLevel) and d = SigmaData, both in units of the signal's range. Each result is optional, and one number a sample.
//
// Where Variances are given, the signal has one on each of several axes, and Skip, Out and In are one number for each axis of each sample, with d^2 its
// variance: Skip is then Wiener's filter, the best linear denoiser, and Weight is 1 over the mean of Out^2 over the axes, the filter's squared error.
type Precondition struct {
	Levels        Tensor // (samples)
	Variances     Tensor // (axes), at least one of them positive; absent if SigmaData holds
	Skip, Out, In Tensor // (samples), or (samples, axes) with Variances
	Noise, Weight Tensor // (samples)
	SigmaData     float32
}

// Reads lists the levels and the variances.
func (op Precondition) Reads() []Tensor { return present(op.Levels, op.Variances) }

// Writes lists the results that are wanted.
func (op Precondition) Writes() []Tensor { return present(op.Skip, op.Out, op.In, op.Noise, op.Weight) }

// Check reports shapes that differ, and a deviation of the data that is not positive.
func (op Precondition) Check() error {
	if !op.Variances.Present() && !(op.SigmaData > 1e-6 && op.SigmaData < 1e6) {
		return fmt.Errorf("precondition: the data's deviation %v is not within 1e-6 and 1e6", op.SigmaData)
	}
	if len(op.Writes()) == 0 || len(op.Levels.Shape) != 1 || slices.Min(op.Levels.Shape) < 1 {
		return fmt.Errorf("precondition: %v is not one level a sample, or no result is wanted", op.Levels)
	}
	if err := single(append(op.Writes(), op.Reads()...)...); err != nil {
		return fmt.Errorf("precondition: %w", err)
	}
	coefficients := op.Levels
	if op.Variances.Present() {
		if len(op.Variances.Shape) != 1 || op.Variances.Shape[0] < 1 {
			return fmt.Errorf("precondition: %v is not one variance an axis", op.Variances)
		}
		coefficients.Shape = append(slices.Clone(op.Levels.Shape), op.Variances.Shape[0])
	}
	if err := sameShape(coefficients, op.Skip, op.Out, op.In); err != nil {
		return fmt.Errorf("precondition: %w", err)
	}
	if err := sameShape(op.Levels, op.Noise, op.Weight); err != nil {
		return fmt.Errorf("precondition: %w", err)
	}
	return nil
}

// preconditionCases: Skip and Weight take 5 roundings, Out and In 5, and a logarithm is off by 4. Of several axes Weight sums as many terms.
func preconditionCases() []Case {
	var cases []Case
	for i, n := range []int{1, 3, 16, 17, 257, 1031} {
		levels := make([]float32, n)
		for k := range levels {
			levels[k] = float32(k*k) / float32(7*n)
		}
		levels[n-1] = 1
		op := Precondition{Levels: input("levels", n), SigmaData: 0.25 * float32(i+1)}
		results := []*Tensor{&op.Skip, &op.Out, &op.In, &op.Noise, &op.Weight}
		for k, result := range results {
			if i%5 != k {
				*result = output([]string{"skip", "out", "in", "noise", "weight"}[k], n)
			}
		}
		cases = append(cases, Case{Name: fmt.Sprint("n=", n), Operation: op, Roundings: 6, Contents: map[string]any{"levels": levels}})

		axes := []int{1, 2, 17, 64, 5, 3}[i]
		variances := make([]float32, axes)
		for k := range variances {
			variances[k] = float32(k*k) / 8 // the first is 0, unless it is alone
		}
		variances[axes-1]++
		op.SigmaData, op.Variances = 0, input("variances", axes)
		for _, result := range results[:3] {
			if result.Present() {
				result.Shape = []int{n, axes}
			}
		}
		cases = append(cases, Case{
			Name: fmt.Sprintf("n=%d,axes=%d", n, axes), Operation: op, Roundings: 8 + float64(axes), Contents: map[string]any{"levels": levels, "variances": variances},
		})
	}
	return cases
}
