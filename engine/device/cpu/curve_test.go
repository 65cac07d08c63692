package cpu

import (
	"math"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// TestCurveHasTheBitsOfItsFormula: each form on each tier, at values that are not finite too, so that builds with and without cgo agree.
func TestCurveHasTheBitsOfItsFormula(t *testing.T) {
	values := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, 1e-30, 1e30, 60, -0.5}
	for i := range 1000 {
		values = append(values, float32(i-100)/450)
	}
	input := program.Tensor{Name: "input", Shape: []int{len(values)}, Role: program.Input}
	output := program.Tensor{Name: "output", Shape: input.Shape, Role: program.Recorded}
	forms := map[program.Form]bool{}
	for _, tier := range Tiers() {
		for _, c := range program.Cases() {
			op, ok := c.Operation.(program.Curve)
			if !ok {
				continue
			}
			op.Input, op.Output, op.Factors = input, output, nil
			s, e := compiled(t, Options{Tier: tier}, device.Plan{}, op)
			if err := s.Write("input", values); err != nil {
				t.Fatal(err)
			}
			if err := e.Run(program.Scalars{}); err != nil {
				t.Fatal(err)
			}
			formula := op.Formula()
			forms[formula.Form] = true
			for i, got := range read(t, s, output) {
				want := formula.At(values[i])
				if math.Float32bits(float32(got)) != math.Float32bits(want) && !(got != got && want != want) {
					t.Fatalf("%s: form %d at %v is %v, want %v", tier, formula.Form, values[i], got, want)
				}
			}
		}
	}
	if len(forms) != 8 {
		t.Errorf("%d forms of 8 were seen", len(forms))
	}
}
