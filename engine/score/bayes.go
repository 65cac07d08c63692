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
// In one and two dimensions it is integrated by the trapezoidal rule in each component's own axes, with steps that are halved until nothing changes, and
// uncertainty is the last change. Beyond it is the mean over so many draws of y, and uncertainty its standard error. The draws of a seed are the same whatever
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

// quadratureMSE takes so many steps to a standard deviation, up to eight deviations from each mean.
func (o *Observed) quadratureMSE(steps int) float64 {
	const reach = 8
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
