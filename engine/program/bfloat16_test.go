package program

import (
	"math"
	"testing"
)

// TestRoundBFloat16: known values, and against the integer rule on float32's bits (add half of the last place kept, ties to even) for every
// exponent.
func TestRoundBFloat16(t *testing.T) {
	for _, c := range [][2]float64{
		{1, 1}, {1 + 0x1p-8, 1}, {1 + 0x1.8p-8, 1 + 0x1p-7}, {1 + 3*0x1p-8, 1 + 0x1p-6}, {1 + 0x1p-8 + 0x1p-40, 1 + 0x1p-7}, {-1 - 0x1p-8, -1},
		{0x1.ffp127, math.Inf(1)}, {-0x1.ffp127, math.Inf(-1)}, {0x1.fep127, 0x1.fep127}, {0x1p-133, 0x1p-133}, {0x1p-134, 0}, {0x1.8p-134, 0x1p-133},
		{math.Inf(-1), math.Inf(-1)},
	} {
		if got := RoundBFloat16(c[0]); got != c[1] {
			t.Errorf("%x is rounded to %x, want %x", c[0], got, c[1])
		}
	}
	if got := RoundBFloat16(math.NaN()); got == got {
		t.Errorf("NaN is rounded to %v", got)
	}
	for bits := uint32(1); bits < 0x7f7f8000; bits += 0x12345 {
		value := math.Float32frombits(bits)
		want := math.Float32frombits((bits + 0x7fff + bits>>16&1) &^ 0xffff)
		if got := RoundBFloat16(float64(value)); got != float64(want) {
			t.Fatalf("%x is rounded to %x, want %x", value, got, want)
		}
	}
}
