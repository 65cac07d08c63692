package data

import (
	"math"
	"math/rand/v2"
)

// chance draws random numbers that are the same bits on every machine: PCG's words, and IEEE operations with conversions that forbid fusing them.
type chance struct{ *rand.PCG }

// uniform returns a value in [0, 1) of 53 random bits.
func (c chance) uniform() float64 { return float64(c.Uint64()>>11) / (1 << 53) }

// between returns a value in [low, high).
func (c chance) between(low, high float64) float64 { return low + float64((high-low)*c.uniform()) }

// symmetric returns a value in [-1, 1).
func (c chance) symmetric() float64 { return float64(2*c.uniform()) - 1 }

// below returns an integer in [0, n).
func (c chance) below(n int) int { return int(c.Uint64() >> 32 * uint64(n) >> 32) }

// cube returns the cube of a uniform value: mostly small.
func (c chance) cube() float64 {
	u := c.uniform()
	return float64(float64(u*u) * u)
}

// direction returns a unit vector in a uniform direction, without sines.
func (c chance) direction() (x, y float64) {
	for {
		x, y = c.symmetric(), c.symmetric()
		if squared := float64(x*x) + float64(y*y); squared > 1e-4 && squared < 1 {
			norm := math.Sqrt(squared)
			return x / norm, y / norm
		}
	}
}
