package main

import (
	"fmt"
	"image"
	"slices"

	"tweedie/engine"
	"tweedie/engine/report"
	"tweedie/engine/score"
)

// sampleObject is what sample prints with -json of a known prior. Distances are in the prior's unit, log-densities in nats.
type sampleObject struct {
	Points          int           `json:"points"`
	Compared        int           `json:"compared"` // of them, by the energy distance
	EnergyDistance  report.Number `json:"energy_distance"`
	Share           report.Number `json:"share_as_far"` // of random divisions of all samples
	LogDensity      report.Number `json:"log_density"`
	LogDensityError report.Number `json:"log_density_error"` // standard error
	Exact           report.Number `json:"log_density_exact"`
	ExactError      report.Number `json:"log_density_exact_error"`
}

// imagesObject is that of other images.
type imagesObject struct {
	Sampler string `json:"sampler"` // "flow" or "ascent"
	Images  int    `json:"images"`
	Steps   []int  `json:"steps"` // of each
}

func runSample(i *invocation) error {
	open := i.subjectFlags()
	from, to := i.endFlags()
	schedule, ascent := i.scheduleFlags(from, to), i.ascentFlags(from, to, 0.01)
	count := i.flags.Int("count", 0, "number of samples: 2000 of a known prior, 12 images, if absent")
	mean := i.flags.Float64("mean", 0.5, "of the noise that images begin as, of white: 0.1 suits digits, which are mostly black")
	seed := i.flags.Uint64("seed", 1, "seed of the noise")
	i.jsonFlag("of a known prior points, compared, energy_distance, share_as_far, log_density, log_density_error, log_density_exact, log_density_exact_error; else sampler (flow or ascent), images and the steps of each")
	check, write := i.pictureFlags()
	if err := i.parse(0, 0); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	if *count < 0 || *count > 100000 {
		return i.misuse("-count is from 1 to 100000")
	}
	return open(0, 0, func(s engine.Subject) error {
		if s.Prior != nil && s.Prior.Mixture != nil {
			if *count == 0 {
				*count = 2000
			}
			drawn, sampled, err := s.SamplePrior(schedule(), *count, *seed)
			if err != nil {
				return &dataError{err}
			}
			object := sampleObject{
				sampled.Points, sampled.Compared, report.Number(sampled.Distance), report.Number(sampled.Share), report.Number(sampled.LogDensity),
				report.Number(sampled.LogDensityError), report.Number(sampled.Exact), report.Number(sampled.ExactError),
			}
			if err := i.found(object, func() { fmt.Fprintln(i.stdout, sampled) }); err != nil {
				return err
			}
			return write(drawn)
		}
		if *count == 0 {
			*count = 12
		}
		sampler := "ascent"
		draw := func() (image.Image, *engine.Drawn, error) { return s.SampleImages(ascent(), *mean, *count, *seed) }
		if s.TakesLevels {
			sampler = "flow"
			draw = func() (image.Image, *engine.Drawn, error) {
				return s.FlowImages(score.Schedule{From: orElse(*from, 1), To: orElse(*to, 0.01), Steps: schedule().Steps}, *mean, *count, *seed)
			}
		}
		picture, drawn, err := draw()
		if err != nil {
			return &dataError{err}
		}
		if err := i.found(imagesObject{sampler, len(drawn.Steps), drawn.Steps}, func() {
			fmt.Fprintf(i.stdout, "%d images by the %s, in %d to %d steps\n", len(drawn.Steps), sampler, slices.Min(drawn.Steps), slices.Max(drawn.Steps))
		}); err != nil {
			return err
		}
		return write(picture)
	})
}
