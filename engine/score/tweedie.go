package score

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// Tweedie is the posterior mean under Gaussian noise (Robbins 1956, who credits M. C. K. Tweedie; Miyasawa 1961; Efron 2011):
//
//	E[x|y] = y + sigma^2 s(y),   s = grad ln p,   p the density of y
//
// With N the normal density of deviation sigma, p(y) = integral of q(x) N(y - x) dx, and grad_y N(y - x) = (x - y)/sigma^2 N(y - x), so that
//
//	grad p(y) = integral of q(x) (x - y)/sigma^2 N(y - x) dx = p(y) (E[x|y] - y) / sigma^2
//
// Sigma is in the unit of y.
func Tweedie(y, score []float64, sigma float64) []float64 {
	mean := append([]float64(nil), y...)
	addScaled(mean, sigma*sigma, score)
	return mean
}

// ScoreOf is Tweedie's formula solved for the score, (D(y) - y) / sigma^2: what a denoiser's residual says.
func ScoreOf(y, denoised []float64, sigma float64) []float64 {
	score := make([]float64, len(y))
	for i := range y {
		score[i] = (denoised[i] - y[i]) / (sigma * sigma)
	}
	return score
}

// TweediePoisson is the posterior mean under photon noise (Robbins 1956): y_i has the Poisson distribution of mean x_i, independently, and
//
//	E[x_i|y] = (y_i + 1) p(y + e_i) / p(y),   e_i one count more at i
//
// since x^y exp(-x)/y! times x is (y + 1) x^(y+1) exp(-x)/(y+1)!. LogProbability is ln p of counts. For a peak other than 1, x is in counts, too.
func TweediePoisson(counts []int, logProbability func(counts []int) float64) []float64 {
	mean, more := make([]float64, len(counts)), append([]int(nil), counts...)
	before := logProbability(counts)
	for i := range counts {
		more[i]++
		mean[i] = float64(counts[i]+1) * math.Exp(logProbability(more)-before)
		more[i]--
	}
	return mean
}

// TweedieSpeckleReciprocal is E[1/x|y] under speckle of so many looks, y = x g with g of the Gamma distribution of shape L and mean 1, from the slope
// d ln p(y) / dy:
//
//	E[1/x|y] = (L-1)/(L y) - slope/L
//
// For p(y|x) = (L/x)^L y^(L-1) exp(-L y/x) / Gamma(L). So y^(1-L) p(y) = integral of q(x) (L/x)^L exp(-L y/x) / Gamma(L) dx, and its derivative by y brings
// down -L/x: it is -L y^(1-L) p(y) E[1/x|y]. That derivative over y^(1-L) p(y) is also (1-L)/y + slope.
func TweedieSpeckleReciprocal(y, looks, slope float64) float64 {
	return (looks-1)/(looks*y) - slope/looks
}

// TweedieSpeckle is E[x|y] under the same noise, from the density of y alone:
//
//	E[x|y] = L y^(L-1) / p(y) * integral over t from y to infinity of t^(1-L) p(t)
//
// since by the same formula the integral is that of q(x) (L/x)^L exp(-L t/x) / Gamma(L), and integrating over t from y on brings down x/L: it is
// y^(1-L) p(y) E[x|y] / L. Density is p, and p(t) beyond the given bound is taken to be 0; the integral is taken in ln t.
func TweedieSpeckle(y, looks, bound float64, density func(y float64) float64) float64 {
	// With t = y exp(u), y^(L-1) t^(1-L) dt = y exp((2-L) u) du.
	integrand := func(u float64) float64 { return math.Exp((2-looks)*u) * density(y*math.Exp(u)) }
	const panels, points = 32, 12
	total, end := 0.0, math.Log(bound/y)
	for i := range panels {
		from, to := end*float64(i)/panels, end*float64(i+1)/panels
		total += quad.Fixed(integrand, from, to, points, quad.Legendre{}, 0)
	}
	return looks * y * total / density(y)
}
