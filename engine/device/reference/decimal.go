package reference

import "strconv"

// decimal is the float64 nearest to the shortest decimal number that rounds to the float32 value: 0.9 for float32(0.9), not
// 0.899999976. Constants of an experiment are decimal numbers, and the reference computes with what was meant.
func decimal(value float32) float64 {
	parsed, err := strconv.ParseFloat(strconv.FormatFloat(float64(value), 'g', -1, 32), 64)
	if err != nil {
		return float64(value) // NaN and infinities, whose text ParseFloat also takes
	}
	return parsed
}
