package main

import (
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
	LogDensities []report.Number `json:"log_densities"` // at each level, and at the end
	First        report.Number   `json:"log_density_first"`
	Last         report.Number   `json:"log_density_last"`
	LastError    report.Number   `json:"log_density_last_error"` // standard error
	Exact        report.Number   `json:"log_density_exact"`      // of exact samples
}

// climbObject is that of a walk from an image.
type climbObject struct {
	Steps    int           `json:"steps"`
	Residual report.Number `json:"residual"` // root mean square where it ended, of white
}

func runWalk(i *invocation) error {
	open := i.subjectFlags()
	from, to := i.endFlags()
	schedule, ascent := i.scheduleFlags(from, to), i.ascentFlags(from, to, 1)
	count := i.flags.Int("count", 60, "number of walks over the plane")
	stages := i.flags.Int("stages", 7, "pictures of the film strip")
	seed := i.flags.Uint64("seed", 1, "seed of the starts and of the noise")
	i.jsonFlag("on the plane sigma_from, sigma_to, steps, count and mean log-densities in nats: log_density_first, _last, _last_error, _exact, log_densities; from an image steps and residual (root mean square where it ended, of white)")
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
			return write(drawn)
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
	object := walkObject{
		From: report.Number(schedule.From), To: report.Number(schedule.To), Steps: schedule.Steps, Count: count,
		First: report.Number(w.LogDensities[0]), Last: report.Number(w.Last()), LastError: report.Number(w.Error), Exact: report.Number(w.Exact),
	}
	for _, density := range w.LogDensities {
		object.LogDensities = append(object.LogDensities, report.Number(density))
	}
	return object
}
