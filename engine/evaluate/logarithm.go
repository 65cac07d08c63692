package evaluate

import "math"

// logarithm returns the natural logarithm of a positive normal number to 0.54 units in the last place, which math.Log does not promise: C
// libraries round as well as that, so that the noise agrees with NumPy's in nearly every bit. The same bits come out on every processor.
//
//	x = 2^k m,  m in [sqrt(1/2), sqrt(2)),  s = (m-1)/(m+1),  log x = k log 2 + 2 (s + s^3/3 + s^5/5 + ...)
//
// k log 2 and s are carried as sums of two numbers; the rest of the series is below s/100 and needs one. The conversions to float64 forbid
// fused multiply-adds where none is written.
func logarithm(x float64) float64 {
	const (
		// log 2 in two parts, the first of 33 bits, so that k times it is exact.
		log2High = 0x1.62e42feep-1
		log2Low  = 0x1.a39ef35793c76p-33
	)
	m, exponent := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		exponent--
	}
	k, f := float64(exponent), m-1 // f is exact
	sumHigh := f + 2
	sumLow := f - (sumHigh - 2)
	s := f / sumHigh
	sLow := float64(math.FMA(-s, sumHigh, f)-float64(s*sumLow)) / sumHigh
	squared := s * s
	series := 0.0
	for _, coefficient := range [...]float64{1. / 23, 1. / 21, 1. / 19, 1. / 17, 1. / 15, 1. / 13, 1. / 11, 1. / 9, 1. / 7, 1. / 5, 1. / 3} {
		series = float64(squared * (series + coefficient))
	}
	tail := float64(2*sLow) + float64(2*s*series) + float64(k*log2Low)
	// The exact sum of two numbers (Knuth's two-sum).
	a, b := float64(k*log2High), float64(2*s)
	high := a + b
	back := high - a
	low := (a - (high - back)) + (b - back)
	return high + (low + tail)
}
