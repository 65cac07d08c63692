package score

import (
	"errors"
	"fmt"
	"math"
)

// Schedule is how noise shrinks along a walk (Karras, Aittala, Aila & Laine 2022, equation 5): steps levels from From down to To, even in the root
//
//	sigma_i = (From^(1/p) + i/(Steps-1) (To^(1/p) - From^(1/p)))^p,   i = 0 ... Steps-1
type Schedule struct {
	From, To float64 // standard deviations in the unit of the images, From above To above 0
	Steps    int     // levels, at least 2
	Power    float64 // p; 7 if 0, which is theirs
}

// Levels lists the levels. With last, a level of 0 follows, which ends a walk on the denoiser's answer.
func (s Schedule) Levels(last bool) ([]float64, error) {
	if !(s.From > s.To && s.To > 0) || math.IsInf(s.From, 0) || s.Steps < 2 {
		return nil, fmt.Errorf("noise cannot shrink from %v to %v in %d levels: from above to above 0, and 2 levels or more", s.From, s.To, s.Steps)
	}
	power := s.Power
	if power == 0 {
		power = 7
	}
	from, to := math.Pow(s.From, 1/power), math.Pow(s.To, 1/power)
	levels := make([]float64, s.Steps, s.Steps+1)
	for i := range levels {
		levels[i] = math.Pow(from+float64(i)/float64(s.Steps-1)*(to-from), power)
	}
	levels[0], levels[s.Steps-1] = s.From, s.To
	if last {
		levels = append(levels, 0)
	}
	return levels, nil
}

// Stage is a moment of a walk.
type Stage struct {
	Step     int
	Sigma    float64   // the level at which Denoised was asked for
	Image    []float64 // where the walk stands
	Denoised []float64
}

// Heun follows the probability flow from noise to images (Karras et al. 2022, algorithm 1): the equation
//
//	dx/dsigma = (x - D(x; sigma)) / sigma = -sigma s(x; sigma)
//
// by Heun's method of second order along the levels, which decrease; the step to a level of 0 is Euler's, and ends on D. X holds images of deviation
// levels[0], one after the other, and is not changed. Observe, if any, sees each step's beginning. The walk is deterministic.
func Heun(d Denoiser, x, levels []float64, observe func(Stage)) ([]float64, error) {
	if len(levels) < 2 {
		return nil, errors.New("a walk needs two levels")
	}
	x = append([]float64(nil), x...)
	slope := func(x []float64, sigma float64) (slope, denoised []float64, err error) {
		if denoised, err = d(x, sigma); err != nil {
			return nil, nil, err
		}
		slope = make([]float64, len(x))
		for i := range x {
			slope[i] = (x[i] - denoised[i]) / sigma
		}
		return slope, denoised, nil
	}
	for step, next := range levels[1:] {
		sigma := levels[step]
		first, denoised, err := slope(x, sigma)
		if err != nil {
			return nil, err
		}
		if observe != nil {
			observe(Stage{step, sigma, append([]float64(nil), x...), denoised})
		}
		if next == 0 {
			x = denoised
			continue
		}
		ahead := append([]float64(nil), x...)
		addScaled(ahead, next-sigma, first)
		second, _, err := slope(ahead, next)
		if err != nil {
			return nil, err
		}
		addScaled(x, (next-sigma)/2, first)
		addScaled(x, (next-sigma)/2, second)
	}
	return x, nil
}
