package data

import (
	"math"
	"math/rand/v2"

	"tweedie/engine/picture"
)

// HandwrittenDigits is the name of the source of synthetic digits.
const HandwrittenDigits = "digits"

// digitsSide is the side of an image of a digit, as MNIST's; they are made larger for larger patches.
const digitsSide = 28

func digitsSource() Source {
	return Source{
		Name: HandwrittenDigits, Summary: "the digits 0 to 9 as if written by many hands, with their classes", Training: 10000, Validation: 1000,
		Open: func(seed uint64, patch int) func(uint64) (*picture.Picture, int) {
			side := max(digitsSide, patch)
			styles := digitStyles()
			return func(number uint64) (*picture.Picture, int) {
				samples, label := writeDigit(seed, number, side, &styles)
				return grayPicture(samples, side), label
			}
		},
	}
}

// Digits returns the first images of the digits of a seed, each of size x size samples, white ink (up to 255) on black, and their Labels. Sizes from 12 up
// are legible. They are the images that the source of that name trains on where patches have that size.
func Digits(seed uint64, count, size int) *Set {
	styles := digitStyles()
	set := &Set{Labels: make([]int, count)}
	for i := range count {
		samples, label := writeDigit(seed, uint64(i), size, &styles)
		set.Images = append(set.Images, Image{digitsSource().name(i), len(set.Samples8), size, size})
		set.Samples8, set.Labels[i] = append(set.Samples8, samples...), label
	}
	set.Digest = set.digest()
	return set
}

// writeDigit returns the image of a seed and number, and which digit it shows: a class drawn uniformly, one of the styles in which it is written, its
// strokes bent by an elastic deformation (Simard, Steinkraus & Platt 2003, of the strokes instead of the image), slanted, turned and stretched, and
// drawn with a round pen of random width and ink. The same bits on every machine, as chance says.
func writeDigit(seed, number uint64, side int, styles *[10][][]path) (samples []uint8, label int) {
	c := chance{rand.NewPCG(seed, number)}
	label = c.below(len(styles))
	style := styles[label][c.below(len(styles[label]))]
	bend, lean := c.elastic(), c.affine()
	var strokes [][]point
	for _, stroke := range style {
		points := stroke.points()
		for i, p := range points {
			points[i] = lean.apply(bend.apply(p))
		}
		strokes = append(strokes, points)
	}
	scale := float64(side)
	pen := float64(c.between(0.028, 0.062) * scale) // radius
	fit(c, strokes, scale, pen)
	return ink(strokes, side, pen, c.between(170, 255)), label
}

// affine is the map (x, y) -> (xx*x + xy*y, yx*x + yy*y).
type affine struct{ xx, xy, yx, yy float64 }

// affine draws a slant of up to 17 degrees either way, mostly to the right, a turn of up to 11 degrees and a stretch of the width.
func (c chance) affine() affine {
	slant := float64(0.22*c.symmetric()) - 0.08
	half := float64(0.1 * c.symmetric()) // tangent of half the angle: the turn without sines
	norm := 1 + float64(half*half)
	cosine, sine := (1-float64(half*half))/norm, 2*half/norm
	width := c.between(0.8, 1.1)
	return affine{
		xx: float64(cosine * width), xy: float64(cosine*slant) - sine,
		yx: float64(sine * width), yy: float64(sine*slant) + cosine,
	}
}

func (a affine) apply(p point) point {
	return point{float64(a.xx*p.x) + float64(a.xy*p.y), float64(a.yx*p.x) + float64(a.yy*p.y)}
}

// elastic is a smooth field of displacements: random vectors on a lattice of 3 x 3 cells, continued beyond the paper, between which the basis of
// uniform cubic B-splines interpolates.
type elastic [6][6]point

func (c chance) elastic() (e elastic) {
	strength := c.between(0.03, 0.13)
	for i := range e {
		for j := range e[i] {
			e[i][j] = point{float64(strength * c.symmetric()), float64(strength * c.symmetric())}
		}
	}
	return e
}

func (e *elastic) apply(p point) point {
	column, across := cell(p.x)
	row, down := cell(p.y)
	moved := p
	for i, u := range down {
		for j, v := range across {
			weight, d := float64(u*v), e[row+i][column+j]
			moved.x += float64(weight * d.x)
			moved.y += float64(weight * d.y)
		}
	}
	return moved
}

// cell is the cell of the lattice that a coordinate lies in, and the weights there of the four lattice points around.
func cell(at float64) (index int, weights [4]float64) {
	scaled := float64(3 * at)
	index = min(max(int(math.Floor(scaled)), 0), 2)
	t := min(max(scaled-float64(index), 0), 1)
	s, square := 1-t, float64(t*t)
	cube := float64(square * t)
	return index, [4]float64{
		float64(float64(s*s)*s) / 6,
		(4 - float64(6*square) + float64(3*cube)) / 6,
		(1 + float64(3*t) + float64(3*square) - float64(3*cube)) / 6,
		cube / 6,
	}
}

// points are those of a path, 12 to a curve: at most a tenth of the digit apart.
func (p path) points() []point {
	const parts = 12
	points := []point{p[0]}
	for i := 0; i+3 < len(p); i += 3 {
		for k := 1; k <= parts; k++ {
			t := float64(k) / parts
			// De Casteljau's construction.
			a, b, c := between(p[i], p[i+1], t), between(p[i+1], p[i+2], t), between(p[i+2], p[i+3], t)
			points = append(points, between(between(a, b, t), between(b, c, t), t))
		}
	}
	return points
}

// fit scales the strokes to a height of six to eight tenths of the image, or less where they would be too wide, and moves them to its middle, or a little
// off it, but never so that the pen leaves the image.
func fit(c chance, strokes [][]point, side, pen float64) {
	low, high := strokes[0][0], strokes[0][0]
	for _, stroke := range strokes {
		for _, p := range stroke {
			low, high = point{min(low.x, p.x), min(low.y, p.y)}, point{max(high.x, p.x), max(high.y, p.y)}
		}
	}
	most := float64(0.8*side) - float64(2*pen)
	scale := min(float64(most*c.between(0.78, 1))/(high.y-low.y), most/(high.x-low.x))
	offset := func(low, high float64) float64 {
		free := side - float64(scale*(high-low)) - float64(2*pen) - 2
		return float64(0.5*side) - float64(scale*(0.5*(low+high))) + float64(0.25*free*c.symmetric())
	}
	x, y := offset(low.x, high.x), offset(low.y, high.y)
	for _, stroke := range strokes {
		for i, p := range stroke {
			stroke[i] = point{float64(scale*p.x) + x, float64(scale*p.y) + y}
		}
	}
}

// ink draws strokes, in pixels, with a round pen of a radius: full ink within it, none a pixel further out, linear in between.
func ink(strokes [][]point, side int, pen, level float64) []uint8 {
	squares := make([]float64, side*side) // of the distance of a pixel's middle to the nearest stroke
	reach := pen + 0.5
	for i := range squares {
		squares[i] = float64(reach * reach)
	}
	limit := func(at float64) int { return min(max(int(math.Floor(at)), 0), side-1) }
	for _, stroke := range strokes {
		for i := 1; i < len(stroke); i++ {
			a, b := stroke[i-1], stroke[i]
			for y := limit(min(a.y, b.y) - reach); y <= limit(max(a.y, b.y)+reach); y++ {
				for x := limit(min(a.x, b.x) - reach); x <= limit(max(a.x, b.x)+reach); x++ {
					at := &squares[y*side+x]
					*at = min(*at, squaredDistance(point{float64(x) + 0.5, float64(y) + 0.5}, a, b))
				}
			}
		}
	}
	samples := make([]uint8, side*side)
	for i, square := range squares {
		samples[i] = uint8(float64(level*min(max(reach-math.Sqrt(square), 0), 1)) + 0.5)
	}
	return samples
}

// squaredDistance is the square of the distance of a point to a segment.
func squaredDistance(p, a, b point) float64 {
	x, y := b.x-a.x, b.y-a.y
	along := 0.0
	if length := float64(x*x) + float64(y*y); length > 0 {
		along = min(max((float64(x*(p.x-a.x))+float64(y*(p.y-a.y)))/length, 0), 1)
	}
	dx, dy := p.x-a.x-float64(along*x), p.y-a.y-float64(along*y)
	return float64(dx*dx) + float64(dy*dy)
}
