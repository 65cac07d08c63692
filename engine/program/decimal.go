package program

import "strconv"

// Decimal is the float64 nearest to the shortest decimal number that rounds to the float32 value: 0.9 for float32(0.9), not 0.899999976. Constants of
// an experiment are decimal numbers, and devices compute with what was meant: 1 - beta of the float32 nearest to 0.999 would be off by 1e-5 of
// itself.
func Decimal(value float32) float64 {
	var text [32]byte // so that a step allocates nothing
	parsed, err := strconv.ParseFloat(string(strconv.AppendFloat(text[:0], float64(value), 'g', -1, 32)), 64)
	if err != nil {
		return float64(value) // NaN and infinities, whose text ParseFloat also takes
	}
	return parsed
}
