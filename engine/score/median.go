package score

import "math"

// Median is the posterior median of each value, the best estimator in mean absolute error: where the distribution of x_i given y, a mixture of normal ones and
// points, reaches one half.
func (o *Observed) Median(y []float64) []float64 {
	_, shares, means := o.moments(y)
	median := make([]float64, len(y))
	deviations := make([]float64, len(shares))
	for i := range y {
		low, high := math.Inf(1), math.Inf(-1)
		for k, share := range shares {
			if share == 0 {
				continue
			}
			variance := 0.0
			for axis, direction := range o.axes(k) {
				variance += o.sigma * o.sigma * o.seen[k].gains[axis] * square(direction[i])
			}
			deviations[k] = math.Sqrt(variance)
			low, high = min(low, means[k][i]-10*deviations[k]), max(high, means[k][i]+10*deviations[k])
		}
		for range 60 {
			middle, below := (low+high)/2, 0.0
			for k, share := range shares {
				switch {
				case share == 0:
				case deviations[k] > 0:
					below += share * 0.5 * math.Erfc((means[k][i]-middle)/(deviations[k]*math.Sqrt2))
				case means[k][i] <= middle:
					below += share
				}
			}
			if below < 0.5 {
				low = middle
			} else {
				high = middle
			}
		}
		median[i] = (low + high) / 2
	}
	return median
}
