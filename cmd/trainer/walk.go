package main

import (
	"errors"
	"fmt"

	"tweedie/engine"
	"tweedie/engine/report"
	"tweedie/engine/score"
)

// walkObject is what walk prints with -json. Log-densities are means in nats, of the prior seen through the last level's noise.
type walkObject struct {
	From         report.Number   `json:"sigma_from"` // in the images' unit
	To           report.Number   `json:"sigma_to"`
	Steps        int             `json:"steps"`
	Count        int             `json:"count"`
	Pass         bool            `json:"pass"`
	Most         report.Number   `json:"bound_nats"`    // of log_density_last from log_density_exact, beside three of log_density_exact_error
	LogDensities []report.Number `json:"log_densities"` // at each level, and at the end
	First        report.Number   `json:"log_density_first"`
	Last         report.Number   `json:"log_density_last"`
	Exact        report.Number   `json:"log_density_exact"`       // of exact samples seen through that noise, denoised exactly
	Error        report.Number   `json:"log_density_exact_error"` // standard error of the mean of as many exact samples
}

// climbObject is that of a walk from an image.
type climbObject struct {
	Steps    int           `json:"steps"`
	Residual report.Number `json:"residual"` // root mean square where it ended, of white
}

// errUnlikely: walks do not end where the prior is.
var errUnlikely = errors.New("the walks do not end at points that are as likely as samples")

func runWalk(i *invocation) error {
	open := i.subjectFlags()
	from, to := i.endFlags()
	schedule, ascent := i.scheduleFlags(from, to), i.ascentFlags(from, to, 1)
	count := i.flags.Int("count", 60, "number of walks over the plane")
	stages := i.flags.Int("stages", 7, "pictures of the film strip")
	seed := i.flags.Uint64("seed", 1, "seed of the starts and of the noise")
	i.jsonFlag("on the plane pass, bound_nats, sigma_from, sigma_to, steps, count and mean log-densities in nats: log_density_first, log_density_last, log_density_exact, log_density_exact_error, log_densities; from an image steps and residual (root mean square where it ended, of white)")
	check, write := i.pictureFlags()
	if err := i.parse(0, 1); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	if *count < 1 || *count > 10000 || *stages < 2 || *stages > 50 {
		return i.misuse("-count is from 1 to 10000, -stages from 2 to 50")
	}
	if len(i.arguments) == 0 {
		return open(1, 2, func(s engine.Subject) error {
			drawn, walked, err := s.WalkPlane(schedule(), *count, *seed)
			if err != nil {
				return &dataError{err}
			}
			if err := i.found(walkObjectOf(walked, schedule(), *count), func() {
				fmt.Fprintf(i.stdout, "mean log-density from %.2f to %.3f; that of exact samples is %.3f\n", walked.LogDensities[0], walked.Last(), walked.Exact)
			}); err != nil {
				return err
			}
			if err := write(drawn); err != nil {
				return err
			}
			if !walked.Arrives() {
				return fmt.Errorf("%w: their mean log-density is %.3f, that of exact samples %.3f; the bound is %g and three standard errors of as many exact ones, %.3f",
					errUnlikely, walked.Last(), walked.Exact, engine.MostUnlikely, walked.Error)
			}
			return nil
		})
	}
	start, height, width, err := grayImage(i.arguments[0])
	if err != nil {
		return err
	}
	return open(height, width, func(s engine.Subject) error {
		drawn, climbed, err := s.WalkImage(ascent(), start, *stages, *seed)
		if err != nil {
			return &dataError{err}
		}
		if err := i.found(climbObject{climbed.Steps, report.Number(climbed.Residual)}, func() {
			fmt.Fprintf(i.stdout, "%d steps, to a residual of %.4f of white (root mean square)\n", climbed.Steps, climbed.Residual)
		}); err != nil {
			return err
		}
		return write(drawn)
	})
}

func walkObjectOf(w *engine.Walked, schedule score.Schedule, count int) walkObject {
	return walkObject{
		From: report.Number(schedule.From), To: report.Number(schedule.To), Steps: schedule.Steps, Count: count,
		Pass: w.Arrives(), Most: engine.MostUnlikely, LogDensities: numbers(w.LogDensities), First: report.Number(w.LogDensities[0]), Last: report.Number(w.Last()), Exact: report.Number(w.Exact), Error: report.Number(w.Error),
	}
}
