package devicetest

import (
	"fmt"
	"math"
)

// Compare reports the first element of got that is not within bound of want. NaN and infinities in either never pass, nor do
// slices of different lengths, nor a slice compared with its own memory, which would prove nothing.
func Compare(got, want, bound []float64) error {
	if len(got) != len(want) || len(bound) != len(want) {
		return fmt.Errorf("lengths %d, %d and %d differ", len(got), len(want), len(bound))
	}
	if len(got) > 0 && &got[0] == &want[0] {
		return fmt.Errorf("the result is compared with itself")
	}
	for i := range got {
		if math.IsInf(want[i], 0) || !(math.Abs(got[i]-want[i]) <= bound[i]) {
			return fmt.Errorf("element %d is %v, want %v within %v", i, got[i], want[i], bound[i])
		}
	}
	return nil
}
