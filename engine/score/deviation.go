package score

import (
	"errors"
	"math"
)

// Likely is the share of the largest density from which on places of the plane count as likely.
const Likely = 0.01

// WithinDeviation is how far off a standard deviation may be to count as within, relative.
const WithinDeviation = 0.05

// Deviations compares the standard deviation that a Jacobian J claims of each value, sigma sqrt(J_ii), with that of the posterior, since Cov[x|y] = sigma^2 dD*(y)/dy: relative
// differences, over places y and values i. Slopes below zero claim none, which is 1 off. In the plane the places are a grid over all y where p(y) is at least Likely of its
// largest value, each alike, however rare; beyond, they are draws of y.
type Deviations struct {
	RMS    float64   // root mean square
	Most   float64   // the largest
	Where  []float64 // y where it is
	Within float64   // share that is at most WithinDeviation
	Count  int       // of places
}

// CompareDeviations compares at given places, images one after the other.
func (o *Observed) CompareDeviations(jacobian Jacobian, places []float64) (Deviations, error) {
	d := o.mixture.dimension
	count := len(places) / d
	if count == 0 {
		return Deviations{}, errors.New("standard deviations are compared at one place or more")
	}
	exact := Parallel(count, func(n int) []float64 { return o.Deviations(places[n*d : (n+1)*d]) })
	result, squares, within := Deviations{Count: count}, 0.0, 0
	for i := range d {
		directions := make([]float64, len(places))
		for n := range count {
			directions[n*d+i] = 1
		}
		products, err := jacobian(places, directions, o.sigma)
		if err != nil {
			return Deviations{}, err
		}
		for n := range count {
			claimed := o.sigma * math.Sqrt(max(products[n*d+i], 0)) // max keeps what is not a number
			off := math.Abs(claimed/exact[n][i] - 1)
			squares += off * off / float64(count*d)
			if off <= WithinDeviation {
				within++
			}
			if !(off <= result.Most) && !math.IsNaN(result.Most) {
				result.Most, result.Where = off, places[n*d:(n+1)*d]
			}
		}
	}
	result.RMS, result.Within = math.Sqrt(squares), float64(within)/float64(count*d)
	return result, nil
}

// Deviations are the posterior standard deviations of each value, the roots of Covariance's diagonal.
func (o *Observed) Deviations(y []float64) []float64 {
	covariance, deviations := o.Covariance(y), make([]float64, len(y))
	for i := range y {
		deviations[i] = math.Sqrt(covariance[i*len(y)+i])
	}
	return deviations
}

// likelyPlaces are the places of a grid over the plane, so many steps to the smallest standard deviation of a component seen through the noise but no more than
// most steps to a side, where p(y) is at least Likely of its largest value on the grid and at the means.
func (o *Observed) likelyPlaces() []float64 {
	const steps, most, reach = 8, 200, 3.1 // sqrt(-2 ln Likely) is 3.03: beyond, one component alone is below it
	smallest, logs := math.Inf(1), []float64{}
	low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for k, c := range o.mixture.components {
		largest := 0.0
		for _, precision := range o.seen[k].precisions {
			smallest, largest = min(smallest, 1/math.Sqrt(precision)), max(largest, 1/math.Sqrt(precision))
		}
		for axis, mean := range c.mean {
			low[axis], high[axis] = min(low[axis], mean-reach*largest), max(high[axis], mean+reach*largest)
		}
		logs = append(logs, o.LogDensity(c.mean))
	}
	step := max(smallest/steps, (high[0]-low[0])/most, (high[1]-low[1])/most)
	var grid []float64
	for y := low[1]; y <= high[1]; y += step {
		for x := low[0]; x <= high[0]; x += step {
			grid = append(grid, x, y)
		}
	}
	logs = append(logs, Parallel(len(grid)/2, func(n int) float64 { return o.LogDensity(grid[2*n : 2*n+2]) })...)
	largest := math.Inf(-1)
	for _, log := range logs {
		largest = max(largest, log)
	}
	var places []float64
	for n, log := range logs[len(o.mixture.components):] {
		if log >= largest+math.Log(Likely) {
			places = append(places, grid[2*n:2*n+2]...)
		}
	}
	return places
}
