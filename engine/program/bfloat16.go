package program

import "math"

// RoundBFloat16 is the value of type BFloat16 nearest to value: eight significant bits and float32's exponents, ties to even. NaN and
// infinities stay, and what is too large becomes infinite. It rounds once, from float64: by way of float32 a value just above a tie might be
// rounded down.
func RoundBFloat16(value float64) float64 {
	if math.IsNaN(value) || math.IsInf(value, 0) || value == 0 {
		return value
	}
	_, exponent := math.Frexp(value)             // value = f * 2^exponent, f in [1/2, 1)
	unit := math.Ldexp(1, max(exponent, -125)-8) // the smallest normal exponent is -126
	rounded := math.RoundToEven(value/unit) * unit
	if math.Abs(rounded) >= 0x1p128 {
		return math.Inf(int(math.Copysign(1, value)))
	}
	return rounded
}
