package data

import (
	"math"
	"math/rand/v2"
	"sync"

	"tweedie/engine/picture"
)

// DeadLeaves is the name of the source of synthetic images that stand for photographs.
const DeadLeaves = "dead-leaves"

// The size of dead-leaves images is that of the sets that denoisers are commonly trained and tested on. They are made larger for larger patches,
// up to deadLeavesLargest.
const (
	deadLeavesSide    = 180
	deadLeavesLargest = 1024
)

func deadLeavesSource() Source {
	return Source{
		Name: DeadLeaves, Summary: "opaque shapes that cover one another, with the statistics of photographs", Training: 400, Validation: 12,
		Open: func(seed uint64, patch int) func(uint64) (*picture.Picture, int) {
			side := max(deadLeavesSide, min(patch, deadLeavesLargest))
			shared := sync.OnceValue(newTextures)
			return func(number uint64) (*picture.Picture, int) {
				return grayPicture(deadLeaves(seed, number, side, side, shared()), side), noLabel
			}
		},
	}
}

// Dead leaves are drawn on a canvas of twice the height and width and averaged down, so that edges fall between the levels of gray as they do
// in photographs.
const supersampling = 2

// scene draws one image by the dead leaves model (Lee, Mumford & Huang 2001): opaque shapes with random places and gray levels cover one
// another until nothing of the ground is left. Radii have density r^-3, which makes the statistics the same at every scale, as those of
// natural images nearly are. Shapes other than disks, shading and textures (Achddou, Gousseau & Ladjal 2023) bring what disks of one gray
// lack for training: corners, smooth ramps and fine detail.
//
// The same seed gives the same bits on every machine: random numbers are PCG's, and all else is integers and IEEE additions, multiplications,
// divisions and square roots, with conversions that forbid fusing them.
type scene struct {
	chance
	height, width int // of the canvas
	owner         []int32
	leaves        []leaf
	style         style
	textures      *textures
}

// style is what the leaves of one image have in common.
type style struct {
	smallest, largest float64 // radius, in canvas pixels
	mean, spread      float64 // of gray levels
	shaded, textured  float64 // share of leaves with shading and texture
	contrast          float64 // largest amplitude of texture
	blur              int     // passes of a binomial filter over the image
}

// leaf is how the inside of one shape looks: a gray level at the origin of the canvas and slopes, in 1/65536 of a level, and a texture.
type leaf struct {
	level, slopeX, slopeY int32
	texture               *texture
	amplitude             int32 // of the texture: 1/256 of a level for a unit of it, so 1/8 of a level of standard deviation
	ux, uy, vx, vy        int32 // steps in the texture for a step on the canvas, in 1/256 of a texel
	u, v                  int32
}

// deadLeaves returns the image of a seed and number, 8-bit, height*width samples.
func deadLeaves(seed, number uint64, height, width int, textures *textures) []uint8 {
	s := &scene{
		chance: chance{rand.NewPCG(seed, number)}, textures: textures,
		height: height * supersampling, width: width * supersampling,
	}
	s.owner = make([]int32, s.height*s.width)
	s.style = s.randomStyle()
	s.leaves = []leaf{s.randomLeaf(0, 0, s.style.largest)} // the ground
	// Leaves of five times the canvas in all leave exp(-5) of the ground uncovered, where it is one more leaf.
	for area := 5 * s.height * s.width; area > 0; {
		area -= s.drop()
	}
	image := s.render(height, width)
	for range s.style.blur {
		smooth(image, height, width)
	}
	return image
}

func (s *scene) randomStyle() style {
	st := style{
		// The smallest radius sets how fine the image is: a close view of few things, or a meadow.
		smallest: 2 + float64(14*s.cube()),
		largest:  0.6 * float64(max(s.height, s.width)),
		mean:     56 + float64(120*s.uniform()),
		spread:   45 + float64(160*s.uniform()),
		shaded:   s.uniform(),
		textured: 1 - s.cube(),
		contrast: 16 + float64(120*s.uniform()),
	}
	switch u := s.uniform(); {
	case u < 0.05:
		st.blur = 2
	case u < 0.2:
		st.blur = 1
	}
	return st
}

// drop lets one leaf fall and returns the number of canvas pixels it covers. A leaf that misses the canvas covers none: centres are uniform
// over all places from which a leaf of the largest radius could reach it.
func (s *scene) drop() int {
	// The inverse of the distribution function of r^-3 between the smallest and the largest radius.
	ratio := s.style.smallest / s.style.largest
	radius := s.style.smallest / math.Sqrt(1-float64(s.uniform()*(1-float64(ratio*ratio))))
	margin := s.style.largest
	x := float64(s.uniform()*(float64(s.width)+float64(2*margin))) - margin
	y := float64(s.uniform()*(float64(s.height)+float64(2*margin))) - margin
	if reach := 2 * radius; x < -reach || y < -reach || x > float64(s.width)+reach || y > float64(s.height)+reach {
		return 0
	}
	covered := s.fill(s.randomShape(x, y, radius), int32(len(s.leaves)))
	if covered > 0 {
		s.leaves = append(s.leaves, s.randomLeaf(x, y, radius))
	}
	return covered
}

func (s *scene) randomLeaf(x, y, radius float64) leaf {
	level := s.style.mean + float64(s.style.spread*float64(0.5*(s.symmetric()+s.symmetric())))
	level = min(max(level, 4), 251)
	var l leaf
	var slopeX, slopeY float64
	if radius > 6 && s.uniform() < s.style.shaded {
		slopeX, slopeY = s.direction()
		rise := 40 * s.cube() / radius // up to 40 levels from the centre to the border
		slopeX, slopeY = float64(slopeX*rise), float64(slopeY*rise)
	}
	l.level = int32(65536 * (level - float64(slopeX*x) - float64(slopeY*y)))
	l.slopeX, l.slopeY = int32(65536*slopeX), int32(65536*slopeY)
	if radius > 3 && s.uniform() < s.style.textured {
		l.texture = s.textures.pick(s.Uint64())
		l.amplitude = int32(s.style.contrast * (0.15 + float64(0.85*s.uniform())))
		c, d := s.direction()
		stretch := 128 + float64(384*s.cube()) // half a texel a step at least, or texels would show as squares
		squeeze := stretch * (1 + float64(2*s.cube()))
		l.ux, l.uy = int32(c*stretch), int32(d*stretch)
		l.vx, l.vy = int32(-d*squeeze), int32(c*squeeze)
		l.u, l.v = int32(s.Uint64()>>40), int32(s.Uint64()>>40)
	}
	return l
}

// render shades the canvas and averages it down.
func (s *scene) render(height, width int) []uint8 {
	sums := make([]int32, width)
	image := make([]uint8, 0, height*width)
	for y := range s.height {
		for x, owner := range s.owner[y*s.width : (y+1)*s.width] {
			l := &s.leaves[owner]
			value := l.level + l.slopeX*int32(x) + l.slopeY*int32(y)
			if l.texture != nil {
				u, v := l.u+l.ux*int32(x)+l.uy*int32(y), l.v+l.vx*int32(x)+l.vy*int32(y)
				value += l.amplitude * 256 * int32(l.texture[uint8(v>>8)][uint8(u>>8)])
			}
			sums[x/supersampling] += min(max(value, 0), 255<<16) >> 8
		}
		if y%supersampling == supersampling-1 {
			const n = supersampling * supersampling * 256
			for x, sum := range sums {
				image = append(image, uint8((sum+n/2)/n))
				sums[x] = 0
			}
		}
	}
	return image
}

// smooth filters an image in place with (1 2 1)/4 in both directions, repeating the border.
func smooth(image []uint8, height, width int) {
	line := make([]uint8, max(height, width))
	filter := func(start, step, n int) {
		for i := range n {
			line[i] = image[start+i*step]
		}
		for i := range n {
			sum := int(line[max(i-1, 0)]) + 2*int(line[i]) + int(line[min(i+1, n-1)])
			image[start+i*step] = uint8((sum + 2) / 4)
		}
	}
	for y := range height {
		filter(y*width, 1, width)
	}
	for x := range width {
		filter(x, width, height)
	}
}
