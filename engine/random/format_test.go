package random

import (
	"math"
	"testing"
)

// TestDrawsArePartOfTheFormat pins what a seed means: streams, the counter's and the key's order, and what the words of a block become.
func TestDrawsArePartOfTheFormat(t *testing.T) {
	if got := [...]Stream{Initialisation, Crops, Levels, Noise, Validation, Synthetic}; got != [...]Stream{1, 2, 3, 4, 5, 6} {
		t.Errorf("the streams are %v", got)
	}
	want := Philox([4]uint32{5, 3, 7, 4 << 24}, [2]uint32{0x89abcdef, 0x01234567})
	if got := Words(0x0123456789abcdef, Noise, 9<<32|7, 3, 5); got != want {
		t.Errorf("the words are %x, want %x", got, want)
	}
	want = Philox([4]uint32{5, 3, 7, 4<<24 | 9}, [2]uint32{0x89abcdef, 0x01234567})
	if got := Attempt(0x0123456789abcdef, Noise, 7, 3, 5, 1<<24|9); got != want {
		t.Errorf("the words of an attempt are %x, want %x", got, want)
	}
	const half, quarter = 1<<31 - 1<<8, 1 << 30 // u = 1/2 and v = 1/4
	one, largest := math.Sqrt(2*math.Ln2), math.Sqrt(48*math.Ln2)
	for _, c := range []struct {
		words [4]uint32
		want  [4]float64
	}{
		{[4]uint32{half, 0, half, quarter}, [4]float64{one, 0, 0, one}},
		{[4]uint32{0, 2 * quarter, math.MaxUint32, quarter}, [4]float64{-largest, 0, 0, 0}},
		{[4]uint32{255, 3 * quarter, half, 255}, [4]float64{0, -largest, one, 0}},
	} {
		for lane, value := range Normals(c.words) {
			if !(math.Abs(value-c.want[lane]) <= 1e-14) {
				t.Errorf("Normals(%x)[%d] = %v, want %v", c.words, lane, value, c.want[lane])
			}
		}
	}
}
