//go:build cgo

package cpu

import (
	"math"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

// TestWinogradErrorOfRandomOperands: the error, by its norm, is no more than that of independent roundings. Each has a variance of at most 2^-48 / 3 of
// what is rounded; the points 0, ±5/8, ±3/2 and infinity amplify a deviation by 4.8 (0, ±1, ±2 and infinity by 10.8, and fail here); there are at most
// 28 roundings in the transforms and the equivalent of half of those in the sum, whose parts grow.
func TestWinogradErrorOfRandomOperands(t *testing.T) {
	const terms = 64 // channels, or tiles in a part of a gradient's sum
	bound := 4.8 * 0x1p-24 * math.Sqrt((28+terms/2)/3)
	wide, weight, narrow := activation("wide", 2, 24, 28, 48), activation("weight", 64, 48, 3, 3), activation("narrow", 2, 24, 28, terms)
	for name, operation := range map[string]program.Operation{
		"forward": program.Convolution{Input: wide, Weight: weight, Output: narrow},
		"data":    program.TransposedConvolution{Input: narrow, Weight: weight, Output: wide},
		"weight":  program.WeightGradient{Input: wide, OutputGradient: narrow, WeightGradient: weight},
	} {
		var want []float64
		for _, tier := range Tiers() {
			s, e := compiled(t, Options{Tier: tier}, planned(operation, winograd, tier), operation)
			if want == nil {
				want = exactly(t, operation, s)
			}
			if err := e.Run(program.Scalars{}); err != nil {
				t.Fatal(err)
			}
			difference, norm := 0.0, 0.0
			for i, got := range read(t, s, operation.Writes()[0]) {
				difference += (float64(got) - want[i]) * (float64(got) - want[i])
				norm += want[i] * want[i]
			}
			if distance := math.Sqrt(difference / norm); !(distance <= bound) {
				t.Errorf("%s, %s: the result is %.3g from the reference, relative to its norm; want at most %.3g", tier, name, distance, bound)
			}
		}
	}
}

// exactly is what the operation writes, by the reference, from the operands in a State.
func exactly(t *testing.T, operation program.Operation, operands device.State) []float64 {
	t.Helper()
	p := &program.Program{Operations: []program.Operation{operation}}
	d := reference.New()
	s, err := d.NewState(p.Tensors())
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range operation.Reads() {
		if err := s.Write(tensor.Name, read(t, operands, tensor)); err != nil {
			t.Fatal(err)
		}
	}
	e, err := d.Compile(p, s, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Run(program.Scalars{}); err != nil {
		t.Fatal(err)
	}
	result := operation.Writes()[0]
	values := make([]float64, result.Elements())
	if err := s.Read(result.Name, values); err != nil {
		t.Fatal(err)
	}
	return values
}
