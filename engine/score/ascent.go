package score

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Ascent is the stochastic ascent along the score of Kadkhodaie & Simoncelli (2021), which needs no schedule: the denoiser's residual says itself how much noise is
// left. It serves blind denoisers; one that is told sigma is told the estimate. Images are in units where white is 1.
//
//	h_t       = h t / (1 + h (t-1))
//	d_t       = D(y) - y,                     sigma_t^2 = |d_t|^2 / N
//	gamma_t^2 = ((1 - beta h_t)^2 - (1 - h_t)^2) sigma_t^2
//	y         = y + h_t d_t + gamma_t z_t,    z_t normal
//
// until sigma_t is at most To. With a measurement (their algorithm 2), the part of d_t that the measurement sees is replaced by the way to what was measured:
//
//	d_t = (I - P) (D(y) - y) + (x_m - P y),   P the projection on what is seen, x_m the least-squares image of what was measured
type Ascent struct {
	From, To float64 // sigma at the beginning and the end
	Step     float64 // h
	Beta     float64 // 1 adds no noise; the less, the more
	Most     int     // steps, after which the walk ends wherever it is

	Seen *Measured // nil for none
}

// DefaultAscent has their constants: sigma from 1 to 0.01, h = 0.01, beta = 0.01.
func DefaultAscent() Ascent { return Ascent{From: 1, To: 0.01, Step: 0.01, Beta: 0.01, Most: 5000} }

// ErrDiverged: a walk leaves all images.
var ErrDiverged = errors.New("the walk diverged")

// Run walks from one image, which is not changed. Observe, if any, sees each step's beginning. A denoiser that diverges is an ErrDiverged.
func (a Ascent) Run(d Denoiser, start []float64, random *rand.Rand, observe func(Stage)) ([]float64, error) {
	if !(a.From > a.To && a.To > 0 && a.Step > 0 && a.Step <= 1 && a.Beta > 0 && a.Beta <= 1 && a.Most > 0) {
		return nil, fmt.Errorf("no ascent goes from sigma %v to %v by steps of %v with beta %v", a.From, a.To, a.Step, a.Beta)
	}
	y, sigma, pixels := append([]float64(nil), start...), a.From, float64(len(start))
	for t := 1; t <= a.Most && sigma > a.To; t++ {
		denoised, err := d(y, sigma)
		if err != nil {
			return nil, err
		}
		if observe != nil {
			observe(Stage{t - 1, sigma, append([]float64(nil), y...), denoised})
		}
		direction := make([]float64, len(y))
		for i := range y {
			direction[i] = denoised[i] - y[i]
		}
		if a.Seen != nil {
			addScaled(direction, -1, a.Seen.project(direction))
			addScaled(direction, 1, a.Seen.image)
			addScaled(direction, -1, a.Seen.project(y))
		}
		square := 0.0
		for _, value := range direction {
			square += value * value / pixels
		}
		sigma = math.Sqrt(square)
		if !(sigma < 1e6) {
			return nil, fmt.Errorf("%w at step %d: the residual's deviation is %v", ErrDiverged, t, sigma)
		}
		h := a.Step * float64(t) / (1 + a.Step*float64(t-1))
		gamma := sigma * math.Sqrt(max(0, (1-a.Beta*h)*(1-a.Beta*h)-(1-h)*(1-h)))
		for i := range y {
			y[i] += h*direction[i] + gamma*random.NormFloat64()
		}
	}
	return y, nil
}
