package data

import (
	"math/rand/v2"
	"testing"
)

// TestFillCoversTheShape compares the rows that fill draws with the definition of the shape at each pixel.
func TestFillCoversTheShape(t *testing.T) {
	const side = 60
	s := &scene{chance: chance{rand.NewPCG(5, 5)}, height: side, width: side}
	for i := range 300 {
		s.owner = make([]int32, side*side)
		shape := s.randomShape(float64(side*s.uniform()), float64(side*s.uniform()), 1+float64(25*s.uniform()))
		covered := s.fill(shape, 1)
		for j, owner := range s.owner {
			dx, dy := float64(j%side)-shape.x, float64(j/side)-shape.y
			form := shape.squareX*dx*dx + shape.product*dx*dy + shape.squareY*dy*dy - 1
			for _, plane := range shape.normals[:shape.halfPlanes] {
				form = max(form, plane.x*dx+plane.y*dy-plane.distance)
			}
			if (form < -1e-9 && owner != 1) || (form > 1e-9 && owner == 1) {
				t.Fatalf("shape %d (%+v): pixel (%v, %v) from the centre is drawn: %v, but the form is %v", i, shape, dx, dy, owner == 1, form)
			}
			covered -= int(owner)
		}
		if covered != 0 {
			t.Fatalf("shape %d: fill is %d off in counting", i, covered)
		}
	}
}

// TestLeavesLookNatural checks what photographs have in common (Ruderman & Bialek 1994): the energy of differences between neighbouring
// blocks hardly depends on the size of the blocks, as a power spectrum near 1/f^2 gives, and gray levels use the whole range. White noise
// would lose a factor of 4 from size to size, a ramp gain 4.
func TestLeavesLookNatural(t *testing.T) {
	const images, side = 40, 160
	energy := map[int]float64{}
	var histogram [16]int
	tiles := newTextures()
	for number := range uint64(images) {
		samples := deadLeaves(3, number, side, side, tiles)
		for _, sample := range samples {
			histogram[sample/16]++
		}
		for _, size := range []int{1, 2, 4, 8, 16} {
			mean := func(row, column int) float64 {
				sum := 0
				for y := range size {
					for x := range size {
						sum += int(samples[(row*size+y)*side+column*size+x])
					}
				}
				return float64(sum) / float64(size*size)
			}
			n := side / size
			for row := range n {
				for column := range n / 2 {
					difference := mean(row, 2*column) - mean(row, 2*column+1)
					energy[size] += difference * difference / float64(images*n*n/2)
				}
			}
		}
	}
	for size := 1; size < 16; size *= 2 {
		if ratio := energy[2*size] / energy[size]; !(ratio > 0.9 && ratio < 2) {
			t.Errorf("differences of blocks of %d have %.2f times the energy of those of %d", 2*size, ratio, size)
		}
	}
	for level, count := range histogram {
		if share := float64(count) / (images * side * side); !(share > 0.01 && share < 0.16) {
			t.Errorf("gray levels %d to %d make up %.1f %% of the samples", 16*level, 16*level+15, 100*share)
		}
	}
}

func TestTexturesAreBalanced(t *testing.T) {
	for i, tile := range newTextures() {
		var sum, squares float64
		for _, row := range tile {
			for _, value := range row {
				sum += float64(value)
				squares += float64(value) * float64(value)
			}
		}
		if mean, variance := sum/65536, squares/65536; !(mean > -1 && mean < 1) || !(variance > 28*28 && variance < 36*36) {
			t.Errorf("texture %d has mean %.2f and variance %.0f", i, mean, variance)
		}
	}
}
