package data

import (
	"flag"
	"slices"
	"testing"

	"tweedie/engine/picture"
)

// TestDigitsAreTheSameEverywhere holds the bits: a change of them changes every run on digits.
func TestDigitsAreTheSameEverywhere(t *testing.T) {
	digits := Digits(1, 200, 28)
	if want := "17997855ee97987c7124f15bf736ace698ad206e36abad033df2698194f3f31a"; digits.Digest != want {
		t.Errorf("digest %s, want %s", digits.Digest, want)
	}
	set, err := Load([]string{HandwrittenDigits}, Options{Seed: 1, Patch: 20, Count: 200})
	if err != nil {
		t.Fatal(err)
	}
	if set.Digest != digits.Digest || !slices.Equal(set.Labels, digits.Labels) || !slices.Equal(set.Images, digits.Images) || set.Images[7].Name != "digits-0007" {
		t.Errorf("the source's set is another one: %v, labels %v", set.Images[:8], set.Labels)
	}
	seen := map[string]bool{digits.Digest: true}
	for _, options := range []Options{{Seed: 2, Count: 200}, {Seed: 1, Count: 200, Validation: true}, {Seed: 1, Count: 200, Patch: 30}} {
		other, err := Load([]string{HandwrittenDigits}, options)
		if err != nil {
			t.Fatal(err)
		}
		if seen[other.Digest] || other.Images[0].Height != max(28, options.Patch) {
			t.Errorf("%+v: %v, digest %s", options, other.Images[0], other.Digest)
		}
		seen[other.Digest] = true
	}
}

// TestDigitsAreTold: whoever knows 2000 digits tells others by the most similar of them, as is so of handwritten ones, of which that rule tells 95 of 100
// (LeCun et al. 1998). Each class is as frequent as the others, within five standard deviations.
func TestDigitsAreTold(t *testing.T) {
	const known, asked, size = 2000, 300, 28
	set := Digits(3, known+asked, size)
	image := func(i int) []uint8 { return set.Samples8[set.Images[i].Offset:][:size*size] }
	var frequency [10]int
	for _, label := range set.Labels {
		frequency[label]++
	}
	for label, count := range frequency {
		if count < 230-72 || count > 230+72 { // sqrt(2300 * 0.1 * 0.9) = 14.4
			t.Errorf("%d of %d digits are %d", count, known+asked, label)
		}
	}
	wrong := 0
	for i := known; i < known+asked; i++ {
		nearest, least := 0, int(^uint(0)>>1)
		for j := range known {
			distance := 0
			for k, sample := range image(i) {
				difference := int(sample) - int(image(j)[k])
				distance += difference * difference
				if distance >= least {
					break
				}
			}
			if distance < least {
				nearest, least = j, distance
			}
		}
		if set.Labels[nearest] != set.Labels[i] {
			wrong++
		}
	}
	t.Logf("%d of %d are taken for another digit", wrong, asked)
	if wrong > asked/20 {
		t.Errorf("%d of %d are taken for another digit", wrong, asked)
	}
}

// TestDigitsFit: at every size the ink is bright somewhere and leaves the border black, however a digit is bent.
func TestDigitsFit(t *testing.T) {
	for _, size := range []int{12, 13, 28, 64} {
		set := Digits(5, 300, size)
		for _, image := range set.Images {
			samples := set.Samples8[image.Offset:][:size*size]
			if brightest := slices.Max(samples); brightest < 100 {
				t.Errorf("%s of size %d: its brightest sample is %d", image.Name, size, brightest)
			}
			for i := range size {
				if samples[i]|samples[(size-1)*size+i]|samples[i*size]|samples[i*size+size-1] != 0 {
					t.Fatalf("%s of size %d: ink at the border", image.Name, size)
				}
			}
		}
	}
}

// TestElasticWeights: the basis adds up to one everywhere and is continuous from cell to cell.
func TestElasticWeights(t *testing.T) {
	at := func(x float64) (values [6]float64) {
		index, weights := cell(x)
		for i, weight := range weights {
			values[index+i] = weight
		}
		return values
	}
	for i := range 301 {
		x := float64(i) / 300
		sum, here, near := 0.0, at(x), at(x+1e-9)
		for k, value := range here {
			sum += value
			if !(value-near[k] < 1e-8 && near[k]-value < 1e-8) {
				t.Errorf("weight %d jumps at %v from %v to %v", k, x, value, near[k])
			}
		}
		if !(sum > 1-1e-12 && sum < 1+1e-12) {
			t.Errorf("the weights at %v add up to %v", x, sum)
		}
	}
}

var sheet = flag.String("sheet", "", "`path` of a picture of twenty digits of each class: go test ./engine/data -run Sheet -sheet \"$PWD/docs/digits.png\"")

func TestSheet(t *testing.T) {
	if *sheet == "" {
		t.Skip("-sheet names no picture")
	}
	const size, columns, zoom = 28, 20, 2
	p := picture.New(zoom*size*columns, zoom*size*10, 1, 8)
	set, drawn := Digits(1, 500, size), [10]int{}
	for i, label := range set.Labels {
		if drawn[label] == columns {
			continue
		}
		for y := range zoom * size {
			for x := range zoom * size {
				at := (label*zoom*size+y)*p.Width + drawn[label]*zoom*size + x
				p.Planes[0][at] = uint16(set.Samples8[set.Images[i].Offset+y/zoom*size+x/zoom])
			}
		}
		drawn[label]++
	}
	if err := picture.Write(*sheet, p, true); err != nil {
		t.Fatal(err)
	}
}
