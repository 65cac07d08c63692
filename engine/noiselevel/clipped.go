package noiselevel

import (
	"math"
	"sort"
)

// clipping says how much of a normal variable's variance is left when it is cut at zero, as a function of its mean after the cut. With phi and Phi
// of the standard normal distribution, and a the mean before the cut, both in standard deviations:
//
//	mean after  m(a) = phi(a) + a Phi(a)
//	variance    (a^2 + 1) Phi(a) + a phi(a) - m(a)^2
//
// (Foi 2009). What is cut at white is the same from the other side.
type clipping struct {
	means, variances []float64 // rising
}

const clippingSteps = 400

func newClipping() clipping {
	var c clipping
	for i := range clippingSteps + 1 {
		a := -2 + 7*float64(i)/clippingSteps
		density, below := math.Exp(-a*a/2)/math.Sqrt(2*math.Pi), 0.5*math.Erfc(-a/math.Sqrt2)
		mean := density + a*below
		c.means = append(c.means, mean)
		c.variances = append(c.variances, (a*a+1)*below+a*density-mean*mean)
	}
	return c
}

// left is the share of the variance that is left, 1 far from the cut.
func (c clipping) left(mean float64) float64 {
	at := sort.SearchFloat64s(c.means, mean)
	switch at {
	case 0:
		return c.variances[0]
	case len(c.means):
		return 1
	}
	t := (mean - c.means[at-1]) / (c.means[at] - c.means[at-1])
	return c.variances[at-1] + t*(c.variances[at]-c.variances[at-1])
}
