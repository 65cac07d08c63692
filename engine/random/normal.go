package random

import "math"

// Normals turns four words into four independent standard normal values by Box & Muller (1958):
//
//	u = (word0 >> 8 + 1) / 2^24 in (0, 1],  v = (word1 >> 8) / 2^24 in [0, 1)
//	(sqrt(-2 ln u) cos(2 pi v), sqrt(-2 ln u) sin(2 pi v)),  and again with word2 and word3
//
// u and v are exact in float32, so that devices differ only by the rounding of ln, sqrt, cos and sin. The largest magnitude
// is sqrt(48 ln 2) = 5.77: the density beyond it, 8e-9 of the whole, is not drawn. This float64 form is the definition; a
// device in float32 stays within NormalBound of it.
func Normals(words [4]uint32) [4]float64 {
	var normals [4]float64
	for pair := range 2 {
		u := float64(words[2*pair]>>8+1) * 0x1p-24
		v := float64(words[2*pair+1]>>8) * 0x1p-24
		radius := math.Sqrt(-2 * math.Log(u))
		sin, cos := math.Sincos(2 * math.Pi * v)
		normals[2*pair], normals[2*pair+1] = radius*cos, radius*sin
	}
	return normals
}

// NormalBound is the largest distance allowed between a device's float32 normal value and Normals: eight units in the last
// place of the largest value, 8 * 2^-22.
const NormalBound = 8 * 0x1p-22
