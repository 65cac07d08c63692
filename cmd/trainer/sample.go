package main

import (
	"fmt"

	"tweedie/engine"
)

func runSample(i *invocation) error {
	open := i.subjectFlags()
	from, to := i.endFlags()
	schedule, ascent := i.scheduleFlags(from, to), i.ascentFlags(from, to, 0.01)
	count := i.flags.Int("count", 0, "number of samples: 2000 of a known prior, 12 images, if absent")
	mean := i.flags.Float64("mean", 0.5, "of the noise that images begin as, of white: 0.1 suits digits, which are mostly black")
	seed := i.flags.Uint64("seed", 1, "seed of the noise")
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
			fmt.Fprintln(i.stdout, sampled)
			return write(drawn)
		}
		if *count == 0 {
			*count = 12
		}
		drawn, err := s.SampleImages(ascent(), *mean, *count, *seed)
		if err != nil {
			return &dataError{err}
		}
		return write(drawn)
	})
}
