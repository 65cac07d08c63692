package main

import (
	"fmt"
	"math"

	"tweedie/engine"
	"tweedie/engine/report"
	"tweedie/engine/score"
)

// scoreObject is what score prints with -json: of the plane the score's error, of an image how long its score is.
type scoreObject struct {
	Sigma      float64        `json:"sigma"`                     // of points in the prior's unit, of images of 255
	ScoreError *report.Number `json:"score_error,omitempty"`     // sqrt(E|s_D - s|^2 / E|s|^2)
	SigmaScore *report.Number `json:"sigma_score_rms,omitempty"` // of sigma times the score, over the pixels
}

func runScore(i *invocation) error {
	open := i.subjectFlags()
	sigma := i.flags.Float64("sigma", math.NaN(), "standard deviation of the noise: of points in the prior's unit, 0.3 if absent; of images of 255, 25 if absent")
	i.jsonFlag("sigma and, of the plane, score_error (relative, 0.05 is 5 %), or, of an image, sigma_score_rms (1 where the noise is of that sigma)")
	check, write := i.pictureFlags()
	if err := i.parse(0, 1); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	if *sigma <= 0 || math.IsInf(*sigma, 0) {
		return i.misuse("-sigma %v is not positive", *sigma)
	}
	if len(i.arguments) == 0 {
		if math.IsNaN(*sigma) {
			*sigma = 0.3
		}
		return open(1, 2, func(s engine.Subject) error {
			drawn, scoreError, err := s.ScoreField(*sigma)
			if err != nil {
				return &dataError{err}
			}
			off := report.Number(scoreError)
			if err := i.found(scoreObject{Sigma: *sigma, ScoreError: &off}, func() {
				fmt.Fprintf(i.stdout, "the score at sigma %.3g is %.2f %% off\n", *sigma, 100*scoreError)
			}); err != nil {
				return err
			}
			return write(drawn)
		})
	}
	if math.IsNaN(*sigma) {
		*sigma = 25
	}
	noisy, height, width, err := grayImage(i.arguments[0])
	if err != nil {
		return err
	}
	return open(height, width, func(s engine.Subject) error {
		if s.Height != height || s.Width != width {
			return &dataError{fmt.Errorf("%s is about images of %d x %d pixels (height x width), and %s has %d x %d", s.Name, s.Height, s.Width, i.arguments[0], height, width)}
		}
		drawn, rms, err := s.ScoreImage(noisy, *sigma/255)
		if err != nil {
			return &dataError{err}
		}
		long := report.Number(rms)
		if err := i.found(scoreObject{Sigma: *sigma, SigmaScore: &long}, func() {
			fmt.Fprintf(i.stdout, "sigma %.4g of 255 times the score is %.3f (root mean square), 1 where the noise is of that sigma\n", *sigma, rms)
		}); err != nil {
			return err
		}
		return write(drawn)
	})
}

// endFlags declares where a walk begins and ends; what is absent is not a number.
func (i *invocation) endFlags() (from, to *float64) {
	from = i.flags.Float64("from", math.NaN(), "`sigma` at the beginning, in the images' unit: 1 if absent")
	to = i.flags.Float64("to", math.NaN(), "`sigma` at the end: 0.05 of a known prior's unit, 0.01 of white for other images, if absent")
	return from, to
}

func orElse(given, otherwise float64) float64 {
	if math.IsNaN(given) {
		return otherwise
	}
	return given
}

// scheduleFlags declares the steps of a walk on a schedule.
func (i *invocation) scheduleFlags(from, to *float64) func() score.Schedule {
	steps := i.flags.Int("steps", 40, "levels of sigma of the flow, which serves known priors and networks that are told the noise level (noise_map)")
	return func() score.Schedule {
		return score.Schedule{From: orElse(*from, 1), To: orElse(*to, 0.05), Steps: *steps}
	}
}

// ascentFlags declares what a stochastic ascent is told.
func (i *invocation) ascentFlags(from, to *float64, beta float64) func() score.Ascent {
	noise := i.flags.Float64("beta", beta, "of a stochastic ascent, which serves blind networks of images: 1 adds no noise, less adds more")
	step := i.flags.Float64("step", 0.01, "of a stochastic ascent: the first step's size, h")
	return func() score.Ascent {
		a := score.DefaultAscent()
		a.From, a.To, a.Beta, a.Step = orElse(*from, a.From), orElse(*to, a.To), *noise, *step
		return a
	}
}
