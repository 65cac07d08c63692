package main

import (
	"fmt"

	"tweedie/engine"
)

func runWalk(i *invocation) error {
	open := i.subjectFlags()
	from, to := i.endFlags()
	schedule, ascent := i.scheduleFlags(from, to), i.ascentFlags(from, to, 1)
	count := i.flags.Int("count", 60, "number of walks over the plane")
	stages := i.flags.Int("stages", 7, "pictures of the film strip")
	seed := i.flags.Uint64("seed", 1, "seed of the starts and of the noise")
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
			drawn, densities, err := s.WalkPlane(schedule(), *count, *seed)
			if err != nil {
				return &dataError{err}
			}
			fmt.Fprintf(i.stdout, "mean log-density from %.2f to %.3f\n", densities[0], densities[len(densities)-1])
			return write(drawn)
		})
	}
	start, height, width, err := grayImage(i.arguments[0])
	if err != nil {
		return err
	}
	return open(height, width, func(s engine.Subject) error {
		drawn, err := s.WalkImage(ascent(), start, *stages, *seed)
		if err != nil {
			return &dataError{err}
		}
		return write(drawn)
	})
}
