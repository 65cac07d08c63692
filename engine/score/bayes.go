package score

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// BayesMSE is the mean squared error, a value, of the posterior mean, which no estimator can be below:
//
//	E[ trace Cov[x|y] / d ]
//
// In one and two dimensions it is integrated by the trapezoidal rule, in each component's own axes or, of many components in the plane, over one grid for all, with
// steps that are halved until nothing changes, and uncertainty is the last change. Beyond it is the mean over so many draws of y, and uncertainty its standard error. The draws of a seed are the same whatever
// the number of processors.
func (o *Observed) BayesMSE(draws int, seed uint64) (mse, uncertainty float64) {
	if o.mixture.dimension > 2 {
		return o.monteCarloMSE(draws, seed)
	}
	before := math.NaN()
	for steps := 4; ; steps *= 2 {
		mse = o.quadratureMSE(steps)
		uncertainty = math.Abs(mse - before)
		if uncertainty <= 1e-8*mse || steps >= 64 {
			return mse, uncertainty
		}
		before = mse
	}
}

const reach = 8 // deviations from each mean, beyond which an integral has nothing

// quadratureMSE takes so many steps to a standard deviation.
func (o *Observed) quadratureMSE(steps int) float64 {
	if g := o.grid(steps); g.rows*g.columns < float64(len(o.seen))*square(2*reach*float64(steps)+1) {
		return o.gridMSE(g)
	}
	total := 0.0
	for k, c := range o.mixture.components {
		axes := c.axes
		if axes == nil {
			axes = [][]float64{{1}}
			if o.mixture.dimension == 2 {
				axes = [][]float64{{1, 0}, {0, 1}}
			}
		}
		place := func(axis, i int) (offset, mass float64) {
			z := float64(i) / float64(steps)
			deviation := 1 / math.Sqrt(o.seen[k].precisions[min(axis, len(o.seen[k].precisions)-1)])
			return z * deviation, math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) / float64(steps)
		}
		rows := Parallel(2*reach*steps+1, func(row int) float64 {
			offset, mass := place(0, row-reach*steps)
			y := append([]float64(nil), c.mean...)
			addScaled(y, offset, axes[0])
			if len(axes) == 1 {
				return mass * o.Variance(y)
			}
			sum := 0.0
			for column := -reach * steps; column <= reach*steps; column++ {
				offset, mass := place(1, column)
				at := append([]float64(nil), y...)
				addScaled(at, offset, axes[1])
				sum += mass * o.Variance(at)
			}
			return mass * sum
		})
		for _, row := range rows {
			total += c.weight * row
		}
	}
	return total
}

// grid is a rectangle of the plane that holds all components, with a step in both directions that the narrowest has so many of to its deviation.
type grid struct{ left, bottom, step, rows, columns float64 }

// grid has no end where images are not points of the plane.
func (o *Observed) grid(steps int) grid {
	if o.mixture.dimension != 2 {
		return grid{rows: math.Inf(1), columns: 1}
	}
	low, high, narrowest := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}, math.Inf(1)
	for k, c := range o.mixture.components {
		widest := 0.0
		for _, precision := range o.seen[k].precisions {
			narrowest, widest = min(narrowest, 1/math.Sqrt(precision)), max(widest, 1/math.Sqrt(precision))
		}
		for i, mean := range c.mean {
			low[i], high[i] = min(low[i], mean-reach*widest), max(high[i], mean+reach*widest)
		}
	}
	step := narrowest / float64(steps)
	return grid{low[0], low[1], step, math.Ceil((high[1]-low[1])/step) + 1, math.Ceil((high[0]-low[0])/step) + 1}
}

func (o *Observed) gridMSE(g grid) float64 {
	rows := Parallel(int(g.rows), func(row int) float64 {
		sum := 0.0
		for column := range int(g.columns) {
			y := []float64{g.left + float64(column)*g.step, g.bottom + float64(row)*g.step}
			if density := math.Exp(o.LogDensity(y)); density > 0 {
				sum += density * o.Variance(y)
			}
		}
		return sum
	})
	total := 0.0
	for _, row := range rows {
		total += row * g.step * g.step
	}
	return total
}

func (o *Observed) monteCarloMSE(draws int, seed uint64) (mean, standardError float64) {
	variances := Parallel(draws, func(i int) float64 {
		_, y := o.Sample(rand.New(rand.NewPCG(seed, uint64(i))))
		return o.Variance(y)
	})
	return MeanAndError(variances)
}

// MeanAndError is the mean of independent values and its standard error.
func MeanAndError(values []float64) (mean, standardError float64) {
	n := float64(len(values))
	for _, value := range values {
		mean += value / n
	}
	squares := 0.0
	for _, value := range values {
		squares += (value - mean) * (value - mean)
	}
	return mean, math.Sqrt(squares / (n - 1) / n)
}

// Parallel computes n values on all processors.
func Parallel[T any](n int, compute func(i int) T) []T {
	values := make([]T, n)
	workers := min(runtime.GOMAXPROCS(0), n)
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for i := worker; i < n; i += workers {
				values[i] = compute(i)
			}
		})
	}
	group.Wait()
	return values
}
