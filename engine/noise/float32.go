package noise

import "math"

// The functions here are part of every sampler's definition. Each operation rounds once: a product that is added to something is
// converted to float32 explicitly, because Go may otherwise fuse the two. Coefficients: Moshier's Cephes, single precision.

// logarithm of u > 0, normal: u = 2^e (1 + f), 1 + f in [sqrt(1/2), sqrt(2)), is e ln 2 + f - f^2/2 + f^3 P(f), with ln 2 in two parts, the first
// of which has 9 bits. The error is below 2 units in the last place.
func logarithm(u float32) float32 {
	const half = 0x3f3504f3 // sqrt(1/2)
	shifted := int32(math.Float32bits(u)) - half
	e, f := float32(shifted>>23), math.Float32frombits(uint32(shifted&0x7fffff+half))-1
	p := float32(7.0376836292e-2)
	p = float32(p*f) - 1.1514610310e-1
	p = float32(p*f) + 1.1676998740e-1
	p = float32(p*f) - 1.2420140846e-1
	p = float32(p*f) + 1.4249322787e-1
	p = float32(p*f) - 1.6668057665e-1
	p = float32(p*f) + 2.0000714765e-1
	p = float32(p*f) - 2.4999993993e-1
	p = float32(p*f) + 3.3333331174e-1
	square := float32(f * f)
	tail := float32(float32(p*f)*square) - float32(e*2.12194440e-4)
	tail -= float32(0.5 * square)
	return float32(e*0.693359375) + (f + tail)
}

// exponential of x: with n = floor(x/ln 2 + 1/2) and r = x - n ln 2 it is 2^n (1 + r + r^2 P(r)). Below -87 it is 0, so that there are no denormals; above
// 88, where no sampler comes, it is not a number. The error is below 2 units in the last place.
func exponential(x float32) float32 {
	if x < -87 {
		return 0
	}
	if !(x <= 88) {
		return notANumber()
	}
	n := floor(float32(x*1.44269504) + 0.5)
	r := x - float32(n*0.693359375)
	r += float32(n * 2.12194440e-4)
	p := float32(1.9875691500e-4)
	p = float32(p*r) + 1.3981999507e-3
	p = float32(p*r) + 8.3334519073e-3
	p = float32(p*r) + 4.1665795894e-2
	p = float32(p*r) + 1.6666665459e-1
	p = float32(p*r) + 5.0000001201e-1
	p = float32(p*float32(r*r)) + r + 1
	return p * math.Float32frombits(uint32(int32(n)+127)<<23)
}

// normal turns two words into one standard normal value (Box & Muller 1958): sqrt(-2 ln u) cos(2 pi v) with u and v as in package random's Normals. The
// angle is reduced to an eighth of a turn exactly, in integers: v = quadrant/4 + rest, rest in [-1/8, 1/8).
func normal(word0, word1 uint32) float32 {
	radius := squareRoot(-2 * logarithm(float32(word0>>8+1)*0x1p-24))
	j := int32(word1 >> 8)
	quadrant := (j + 1<<21) >> 22
	x := float32(j-quadrant<<22) * 0x1p-24 * 6.28318530718
	z := float32(x * x)
	var cosine float32
	if quadrant&1 != 0 {
		p := float32(z*-1.9515295891e-4) + 8.3321608736e-3
		p = float32(z*p) - 1.6666654611e-1
		cosine = float32(float32(z*p)*x) + x
	} else {
		p := float32(z*2.443315711809948e-5) - 1.388731625493765e-3
		p = float32(z*p) + 4.166664568298827e-2
		cosine = float32(float32(z*z)*p) + (1 - float32(0.5*z))
	}
	if (quadrant+1)&2 != 0 {
		cosine = -cosine
	}
	return radius * cosine
}

func notANumber() float32 { return float32(math.NaN()) }

// floor and squareRoot are exact and correctly rounded in float64, and so in float32.
func floor(x float32) float32      { return float32(math.Floor(float64(x))) }
func squareRoot(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// Logarithm is the samplers' natural logarithm of u > 0, for devices, which compute with it elsewhere too. Its error is below 2 units in the last place.
func Logarithm(u float32) float32 { return logarithm(u) }

// Exponential is the samplers' exponential of x up to 88, as Logarithm.
func Exponential(x float32) float32 { return exponential(x) }
