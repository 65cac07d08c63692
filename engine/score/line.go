package score

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/integrate/quad"
)

// Line is a distribution of one value x, and what noise of any kind lets see of it. It serves noise that has no closed form for a whole image. It is
// held as points with masses, the nodes of a quadrature of a density, and is that discrete distribution: what is said of it is exact.
type Line struct {
	points, masses, cumulative []float64 // the masses sum to 1
}

const (
	linePanels = 200
	lineNodes  = 10 // of each panel
)

// NewLine returns the distribution with a density proportional to the given one on [low, high], at 200 times 10 nodes of Gauss and Legendre. A density that is
// negative or not finite is an error. Where it is smooth on the scale of a two-hundredth of the interval, integrals are those of the density itself.
func NewLine(low, high float64, density func(x float64) float64) (*Line, error) {
	if !(low < high) || math.IsInf(low, 0) || math.IsInf(high, 0) {
		return nil, fmt.Errorf("[%v, %v] is not an interval", low, high)
	}
	l, step, total := &Line{}, (high-low)/linePanels, 0.0
	nodes, weights := make([]float64, lineNodes), make([]float64, lineNodes)
	for panel := range linePanels {
		quad.Legendre{}.FixedLocations(nodes, weights, low+float64(panel)*step, low+float64(panel+1)*step)
		for i, x := range nodes {
			value := density(x)
			if !(value >= 0) || math.IsInf(value, 0) {
				return nil, fmt.Errorf("the density is %v at %v", value, x)
			}
			total += value * weights[i]
			l.points, l.masses, l.cumulative = append(l.points, x), append(l.masses, value*weights[i]), append(l.cumulative, total)
		}
	}
	if !(total > 0) {
		return nil, fmt.Errorf("the density is 0 on all of [%v, %v]", low, high)
	}
	for i := range l.masses {
		l.masses[i] /= total
		l.cumulative[i] /= total
	}
	return l, nil
}

// Sample draws from the distribution.
func (l *Line) Sample(random *rand.Rand) float64 {
	return l.points[min(sort.SearchFloat64s(l.cumulative, random.Float64()), len(l.points)-1)]
}

// Posterior is what a value y says of x, given ln p(y|x) as a function of x: ln p(y), and the mean and variance of x.
func (l *Line) Posterior(logLikelihood func(x float64) float64) (logDensity, mean, variance float64) {
	logs, largest := make([]float64, len(l.points)), math.Inf(-1)
	for i, x := range l.points {
		logs[i] = logLikelihood(x)
		if l.masses[i] > 0 {
			largest = max(largest, logs[i])
		}
	}
	total := 0.0
	for i, mass := range l.masses {
		logs[i] = mass * math.Exp(logs[i]-largest)
		total += logs[i]
		mean += logs[i] * l.points[i]
	}
	mean /= total
	for i, x := range l.points {
		variance += logs[i] / total * (x - mean) * (x - mean)
	}
	return largest + math.Log(total), mean, variance
}
