package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"tweedie/engine"
	"tweedie/engine/report"
	"tweedie/engine/score"
)

// errNoStep: an answer is not the step towards the manifold that it should be.
var errNoStep = errors.New("the output is not a step towards the manifold")

// manifoldFlags are the flags of trainer manifold but for the subject's.
type manifoldFlags struct {
	sigmas                  []float64 // of points in the prior's unit, of images of 255; empty for the defaults
	count, jacobians, known int
	seed                    uint64
	out                     string
}

func runManifold(i *invocation) error {
	open := i.batchedSubjectFlags(16)
	var f manifoldFlags
	levels := i.flags.String("sigma", "", "`levels` of the noise, such as 0.1,0.3: of points in the prior's unit, 0.1,0.3 if absent; of images of 255, 50,100 if absent")
	i.flags.IntVar(&f.count, "count", 0, "`number` of noisy points, 5000 if absent, or of images, 100 if absent")
	i.flags.IntVar(&f.jacobians, "jacobians", -1, "at how many of them the Jacobian is taken: of points 200 if absent, of images 1; 0 leaves it out")
	i.flags.IntVar(&f.known, "known", 10000, "`number` of the run's training images that answers are compared with")
	i.flags.Uint64Var(&f.seed, "seed", 1, "seed of the draws")
	i.jsonFlag("pass, failures, distance_to, bound and levels (sigma, mean distances before, after and best, left, best_left, jacobian and best_jacobian: dimension, kept, singular_values)")
	i.flags.StringVar(&f.out, "o", "", "`path` of a picture (PNG)")
	force := i.flags.Bool("force", false, "overwrite the picture if it exists")
	if err := i.parse(0, 0); err != nil {
		return err
	}
	if f.count < 0 || f.count == 1 || f.count > 1000000 || f.jacobians < -1 || f.known < 1 {
		return i.misuse("-count is from 2 to 1000000, -jacobians at least 0 and -known at least 1")
	}
	if f.out != "" && !strings.EqualFold(f.out[max(0, len(f.out)-4):], ".png") {
		return i.misuse("-o %s: a picture is written as .png", f.out)
	}
	if _, err := os.Lstat(f.out); f.out != "" && err == nil && !*force {
		return &dataError{fmt.Errorf("%s exists; -force overwrites it", f.out)}
	}
	if *levels != "" {
		for _, text := range strings.Split(*levels, ",") {
			sigma, err := strconv.ParseFloat(text, 64)
			if err != nil || !(sigma > 0) || math.IsInf(sigma, 0) {
				return i.misuse("-sigma %s: %q is no level of noise", *levels, text)
			}
			f.sigmas = append(f.sigmas, sigma)
		}
	}
	return open(0, 0, func(s engine.Subject) error {
		approached, err := i.approach(s, f)
		if err != nil {
			return err
		}
		images := s.Prior == nil
		if err := i.found(approachedJSON(approached, images), func() { i.printApproached(approached, images) }); err != nil {
			return err
		}
		if f.out != "" {
			picture, err := approached.Draw(s)
			if err != nil {
				return err
			}
			if err := report.WritePNG(f.out, picture); err != nil {
				return &dataError{err}
			}
		}
		if len(approached.Failures) > 0 {
			return fmt.Errorf("%w: %s", errNoStep, approached.Failures[0])
		}
		return nil
	})
}

func (i *invocation) approach(s engine.Subject, f manifoldFlags) (*engine.Approached, error) {
	unless := func(absent, given, otherwise int) int {
		if given == absent {
			return otherwise
		}
		return given
	}
	wrapped := func(approached *engine.Approached, err error) (*engine.Approached, error) {
		if err != nil {
			err = &dataError{err}
		}
		return approached, err
	}
	if s.Prior != nil {
		if len(f.sigmas) == 0 {
			f.sigmas = []float64{0.1, 0.3}
		}
		return wrapped(s.Approach(f.sigmas, score.Sampling{Draws: unless(0, f.count, 5000), Jacobians: unless(-1, f.jacobians, 200), Seed: f.seed}))
	}
	if len(f.sigmas) == 0 {
		f.sigmas = []float64{50, 100}
	}
	for k := range f.sigmas {
		f.sigmas[k] /= 255
	}
	path := i.flags.Lookup("model").Value.String()
	experiment, found := trainedExperiment(path)
	if !found {
		return nil, i.misuse("there is no run beside the model that says on which images it was trained")
	}
	read := func(validation bool, most int) ([][]float64, error) {
		set, err := engine.LoadImages(experiment, validation)
		if err != nil {
			return nil, err
		}
		var images [][]float64
		for n, image := range set.Images[:min(most, len(set.Images))] {
			if image.Height != s.Height || image.Width != s.Width {
				return nil, &dataError{fmt.Errorf("%s has %d x %d pixels (height x width), not %d x %d: distances are between images of one size, which -size names",
					image.Name, image.Height, image.Width, s.Height, s.Width)}
			}
			var values []float64
			for _, intensity := range set.Floats(n) {
				values = append(values, float64(intensity))
			}
			images = append(images, values)
		}
		return images, nil
	}
	clean, err := read(true, unless(0, f.count, 100))
	if err != nil {
		return nil, err
	}
	known, err := read(false, f.known)
	if err != nil {
		return nil, err
	}
	return wrapped(s.ApproachImages(clean, known, f.sigmas, score.Sampling{Jacobians: unless(-1, f.jacobians, 1), Seed: f.seed}))
}
