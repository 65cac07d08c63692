package program

import (
	"math"
	"testing"
)

// TestCurveAndInverse: black stays black and white stays white, the inverse undoes the curve on both sides of 0, and after Anscombe's transform counts have
// the deviation 1 / (2 sqrt(peak) (sqrt(1+c) - sqrt(c))) at every mean from 4 up.
func TestCurveAndInverse(t *testing.T) {
	for kind := range Root + 1 {
		for _, offset := range []float32{1e-6, 1.0 / 255, 0.0125, 0.4, 1e4} {
			op := Curve{Kind: kind, Offset: offset}
			inverse := op
			inverse.Inverse = true
			f, g := op.Formula(), inverse.Formula()
			// Of 1 + 1/c and its logarithm seven roundings, which a curve that is nearly straight, where L is about 1/c, makes c times as many.
			if f.At(0) != 0 || !(math.Abs(float64(f.At(1))-1) <= 7*0x1p-24*(1+float64(offset))) {
				t.Errorf("kind %d, offset %v maps 0 to %v and 1 to %v", kind, offset, f.At(0), f.At(1))
			}
			for _, y := range []float32{-0.75, -1e-3, 0, 1e-4, 0.02, 0.5, 1, 3} {
				// Fifteen roundings of either way, of which the logarithm's exponent makes some thirteen times as many.
				if back := g.At(f.At(y)); !(math.Abs(float64(back-y)) <= 200*0x1p-24*(math.Abs(float64(y))+float64(offset))) {
					t.Errorf("kind %d, offset %v: %v comes back as %v", kind, offset, y, back)
				}
			}
		}
	}
	const peak = 30.0
	const c = 0.375 / peak
	f := Curve{Kind: Root, Offset: c}.Formula()
	for _, mean := range []float64{4, 10, 30} {
		sum, square, probability := 0.0, 0.0, math.Exp(-mean)
		for k := range 200 {
			z := float64(f.At(float32(k) / peak))
			sum, square = sum+probability*z, square+probability*z*z
			probability *= mean / float64(k+1)
		}
		deviation := math.Sqrt(square-sum*sum) * 2 * math.Sqrt(peak) * (math.Sqrt(1+c) - math.Sqrt(c))
		if !(math.Abs(deviation-1) <= 0.02) {
			t.Errorf("counts of mean %v have the deviation %v after Anscombe's transform, not 1", mean, deviation)
		}
	}
}

// TestThirdDerivativeIsRefused, which no formula is known for.
func TestThirdDerivativeIsRefused(t *testing.T) {
	x, z := input("x", 3), output("z", 3)
	second := Curve{Input: x, Output: z, Offset: 1, Order: 2}
	gradient, _, err := Gradient([]Operation{second}, map[string]Tensor{"z": input("seed", 3)}, []Tensor{x})
	if err != nil {
		t.Fatal(err)
	}
	if err := (&Program{Operations: gradient}).Check(); err == nil {
		t.Error("a third derivative passes")
	}
}
