package noise

import (
	"slices"
	"testing"

	"tweedie/engine/random"
)

// TestWordsAreThoseOfTheFormat: word i of element e is word e mod 4 of the attempt i of block e/4, whatever was drawn before, for images shorter than a block too.
func TestWordsAreThoseOfTheFormat(t *testing.T) {
	w := &Words{Seed: 1<<40 + 3, Stream: random.Noise, Step: 9, Sample: 2}
	for _, element := range []int{0, 1, 3, 2, 17, 4, 0} {
		w.At(element)
		for i := range uint32(element%3 + 2) {
			if got, want := w.next(), random.Attempt(1<<40+3, random.Noise, 9, 2, uint32(element/4), i)[element%4]; got != want {
				t.Errorf("word %d of element %d is %x, want %x", i, element, got, want)
			}
		}
	}
	clean, first, second, again := []float32{1, 1}, make([]float32, 2), make([]float32, 2), make([]float32, 2)
	model, _, _ := ByName("rayleigh")
	model.Apply(first, clean, Values{}, w)
	w.Sample = 3
	model.Apply(second, clean, Values{}, w)
	w.Sample = 2
	model.Apply(again, clean, Values{}, w)
	if slices.Equal(first, second) || !slices.Equal(first, again) {
		t.Errorf("sample 2 has %v, then %v; sample 3 has %v", first, again, second)
	}
}
