//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"testing"

	"tweedie/engine/program"
	"tweedie/kernels/driver"
)

// TestCurveHasTheBitsOfItsFormula: every form, around a chunk, with more chunks than blocks, in place, and values that are not finite.
func TestCurveHasTheBitsOfItsFormula(t *testing.T) {
	onDevice(t, func(b *bench) {
		for index, op := range curves() {
			n := []int{1, 255, chunk - 1, chunk, chunk + 1, 9*chunk + 5}[index%6]
			input, f := values(uint64(index), n), op.Formula()
			copy(input, []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, 1e-30, 1e30})
			factors := [][]float32{values(5, n), values(6, n)}[:index%3]
			want := make([]float32, n)
			for i := range want {
				want[i] = f.At(input[i])
				for _, factor := range factors {
					want[i] *= factor[i]
				}
			}
			b.withFewBlocks(func() {
				for _, skew := range []int{0, 4} {
					c := Curve{
						Input: upload(b, input, skew), Elements: n, Form: int32(f.Form), A: f.A, B: f.B, D: f.D, Slope: f.Slope, Level: f.Level,
					}
					c.Output = c.Input
					for _, factor := range factors {
						c.Factors = append(c.Factors, upload(b, factor, 0))
					}
					b.must(b.kernels.Curve(b.stream, c))
					b.sameBits(fmt.Sprintf("%+v", op), nansAlike(download[float32](b, c.Output, n)), nansAlike(want))
				}
			})
		}
		if err := b.kernels.Curve(b.stream, Curve{Elements: 1, Factors: make([]driver.Address, 3)}); err == nil {
			t.Error("three factors are taken")
		}
	})
}

// curves are one Curve for each kind, side and derivative.
func curves() []program.Curve {
	var list []program.Curve
	for _, c := range program.Cases() {
		if op, ok := c.Operation.(program.Curve); ok {
			list = append(list, op)
		}
	}
	return list
}

// nansAlike gives all that is not a number the same bits, since devices may differ in them.
func nansAlike(list []float32) []float32 {
	for i, value := range list {
		if value != value {
			list[i] = float32(math.NaN())
		}
	}
	return list
}
