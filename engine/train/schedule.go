package train

import "math"

// LearningRate is the rate at a step of a run: a linear rise over the first warmup share of the steps, then half a cosine to zero
// (Loshchilov & Hutter 2017), never below a millionth of the peak.
//
//	u = (step + 1/2) / steps
//	rate = peak * (u < warmup ? u / warmup : (1 + cos(pi (u - warmup) / (1 - warmup))) / 2)
func LearningRate(peak, warmup float64, step, steps uint64) float32 {
	u := (float64(step) + 0.5) / float64(steps)
	factor := u / warmup
	if !(u < warmup) {
		factor = (1 + math.Cos(math.Pi*(u-warmup)/(1-warmup))) / 2
	}
	return float32(peak * max(factor, 1e-6))
}
