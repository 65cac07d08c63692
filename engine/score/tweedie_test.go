package score

import (
	"fmt"
	"math"
	"testing"
)

const tweedieBound = 1e-6 // relative, against the integral over the posterior

// twoBumps is a density on positive numbers with two bumps of different width.
func twoBumps(x float64) float64 {
	bump := func(mean, deviation float64) float64 {
		z := (x - mean) / deviation
		return math.Exp(-z*z/2) / deviation
	}
	return 0.4*bump(0.8, 0.12) + 0.6*bump(1.6, 0.3)
}

func positive(t *testing.T) *Line {
	t.Helper()
	l, err := NewLine(0.05, 4, twoBumps)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTweedieGaussian(t *testing.T) {
	l, sigma := positive(t), 0.5
	logDensity := func(y float64) float64 {
		p, _, _ := l.Posterior(func(x float64) float64 { return -(y - x) * (y - x) / (2 * sigma * sigma) })
		return p
	}
	for _, y := range []float64{-0.5, 0.4, 1.1, 2, 3} {
		_, mean, _ := l.Posterior(func(x float64) float64 { return -(y - x) * (y - x) / (2 * sigma * sigma) })
		near(t, fmt.Sprintf("E[x|%v]", y), Tweedie([]float64{y}, []float64{slope(logDensity, y)}, sigma)[0], mean, tweedieBound*mean)
	}
}

// slope is a central difference of fourth order.
func slope(f func(float64) float64, x float64) float64 {
	h := 2e-3 * x
	return (8*(f(x+h)-f(x-h)) - (f(x+2*h) - f(x-2*h))) / (12 * h)
}

func logPoisson(count int, mean float64) float64 {
	factorial, _ := math.Lgamma(float64(count + 1))
	return float64(count)*math.Log(mean) - mean - factorial
}

func TestTweediePoisson(t *testing.T) {
	l := positive(t)
	for _, peak := range []float64{1, 20} { // counts of mean peak x
		logProbability := func(counts []int) float64 {
			p, _, _ := l.Posterior(func(x float64) float64 { return logPoisson(counts[0], peak*x) })
			return p
		}
		for _, count := range []int{0, 1, 3, 15, 40} {
			_, mean, _ := l.Posterior(func(x float64) float64 { return logPoisson(count, peak*x) })
			near(t, fmt.Sprintf("E[x|%d]", count), TweediePoisson([]int{count}, logProbability)[0], peak*mean, tweedieBound*peak*mean)
		}
	}
}

// TestTweediePoissonConjugate takes a prior of the Gamma distribution, of which counts have the negative binomial one and E[x|y] = (y + a) / (b + 1).
func TestTweediePoissonConjugate(t *testing.T) {
	const a, b = 2.5, 0.4
	negativeBinomial := func(counts []int) float64 {
		y := float64(counts[0])
		above, _ := math.Lgamma(y + a)
		below, _ := math.Lgamma(a)
		factorial, _ := math.Lgamma(y + 1)
		return above - below - factorial + a*math.Log(b/(1+b)) - y*math.Log(1+b)
	}
	for _, y := range []int{0, 1, 7, 100} {
		want := (float64(y) + a) / (b + 1)
		near(t, "E[x|y]", TweediePoisson([]int{y}, negativeBinomial)[0], want, 1e-9*want)
	}
}

// TestTweediePoissonOfTwoPixels takes pixels that depend on each other: one of three pairs.
func TestTweediePoissonOfTwoPixels(t *testing.T) {
	pairs, masses := [][2]float64{{0.5, 9}, {4, 4}, {7, 1}}, []float64{0.5, 0.2, 0.3}
	joint := func(counts []int, k int) float64 {
		return masses[k] * math.Exp(logPoisson(counts[0], pairs[k][0])+logPoisson(counts[1], pairs[k][1]))
	}
	logProbability := func(counts []int) float64 { return math.Log(joint(counts, 0) + joint(counts, 1) + joint(counts, 2)) }
	for _, counts := range [][]int{{0, 0}, {3, 5}, {6, 1}} {
		answer := TweediePoisson(counts, logProbability)
		for i := range counts {
			mass, mean := 0.0, 0.0
			for k := range pairs {
				mass += joint(counts, k)
				mean += joint(counts, k) * pairs[k][i]
			}
			near(t, fmt.Sprintf("E[x_%d|%v]", i, counts), answer[i], mean/mass, 1e-9)
		}
	}
}

func logSpeckle(y, x, looks float64) float64 {
	gamma, _ := math.Lgamma(looks)
	return looks*math.Log(looks/x) + (looks-1)*math.Log(y) - looks*y/x - gamma
}

// TestTweedieSpeckle integrates x and 1/x over the posterior.
func TestTweedieSpeckle(t *testing.T) {
	l := positive(t)
	reciprocals, err := NewLine(0.25, 20, func(u float64) float64 { return twoBumps(1/u) / (u * u) }) // the distribution of u = 1/x
	if err != nil {
		t.Fatal(err)
	}
	for _, looks := range []float64{1, 2, 4, 16} {
		logDensity := func(y float64) float64 {
			p, _, _ := l.Posterior(func(x float64) float64 { return logSpeckle(y, x, looks) })
			return p
		}
		density := func(y float64) float64 { return math.Exp(logDensity(y)) }
		for _, y := range []float64{0.2, 0.9, 1.7, 3} {
			_, mean, _ := l.Posterior(func(x float64) float64 { return logSpeckle(y, x, looks) })
			near(t, fmt.Sprintf("%v looks: E[x|%v]", looks, y), TweedieSpeckle(y, looks, 200, density), mean, tweedieBound*mean)
			_, reciprocal, _ := reciprocals.Posterior(func(u float64) float64 { return logSpeckle(y, 1/u, looks) })
			near(t, fmt.Sprintf("%v looks: E[1/x|%v]", looks, y), TweedieSpeckleReciprocal(y, looks, slope(logDensity, y)), reciprocal, tweedieBound*reciprocal)
		}
	}
}

// TestTweedieSpeckleConjugate takes x of the inverse Gamma distribution of shape a and scale b: E[x|y] = (b + L y) / (a + L - 1), E[1/x|y] = (a + L) / (b + L y),
// and p(y) is proportional to y^(L-1) / (b + L y)^(a + L).
func TestTweedieSpeckleConjugate(t *testing.T) {
	const a, b = 20.0, 15.0
	for _, looks := range []float64{1, 2, 4, 16} {
		density := func(y float64) float64 {
			return math.Exp((looks-1)*math.Log(y) - (a+looks)*math.Log1p(looks*y/b))
		}
		for _, y := range []float64{0.1, 0.8, 2} {
			want := (b + looks*y) / (a + looks - 1)
			near(t, fmt.Sprintf("%v looks: E[x|y]", looks), TweedieSpeckle(y, looks, 1e3, density), want, tweedieBound*want)
			want = (a + looks) / (b + looks*y)
			slope := (looks-1)/y - (a+looks)*looks/(b+looks*y)
			near(t, fmt.Sprintf("%v looks: E[1/x|y]", looks), TweedieSpeckleReciprocal(y, looks, slope), want, 1e-12*want)
		}
	}
}
