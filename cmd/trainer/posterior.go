package main

import (
	"errors"
	"fmt"
	"slices"

	"tweedie/engine"
	"tweedie/engine/data"
	"tweedie/engine/report"
)

// posteriorObject is what posterior prints with -json.
type posteriorObject struct {
	A      int         `json:"a"`
	B      int         `json:"b"`
	Images int         `json:"images"` // that the posterior is over
	Pass   bool        `json:"pass"`
	Levels []tornLevel `json:"levels"`
}

// tornLevel is one level of noise. Distances are root mean squares over the pixels, of white.
type tornLevel struct {
	Sigma        report.Number `json:"sigma"` // of white
	ProbabilityA report.Number `json:"probability_a"`
	ProbabilityB report.Number `json:"probability_b"`
	ToMean       report.Number `json:"to_exact_mean"`
	ToNearest    report.Number `json:"to_nearest_image"`
	MeanToEither report.Number `json:"exact_mean_to_either"` // to the nearer one of the two
}

// errNotTheMean: answers are not the mean, by engine.TornFailure.
var errNotTheMean = errors.New("the answer is not the mean of the images that may be meant")

func runPosterior(i *invocation) error {
	open := i.subjectFlags()
	first := i.flags.Int("a", 3, "one `digit`")
	second := i.flags.Int("b", 8, "the other `digit`")
	count := i.flags.Int("images", 10000, "number of digits that the posterior is over")
	seed := i.flags.Uint64("seed", 1, "seed of the digits and of the noise")
	i.jsonFlag("pass, a, b, images and levels (sigma, probability_a, probability_b, to_exact_mean, to_nearest_image and exact_mean_to_either, root mean squares of white)")
	check, write := i.pictureFlags()
	if err := i.parse(0, 0); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	const side = 28
	if *count < 100 || *count > 100000 {
		return i.misuse("-images is from 100 to 100000")
	}
	set := data.Digits(*seed+1000, *count, side)
	var images [][]float64
	for n := range set.Images {
		image := make([]float64, side*side)
		for k, sample := range set.EightBit(n) {
			image[k] = float64(sample) / 255
		}
		images = append(images, image)
	}
	if !slices.Contains(set.Labels, *first) || !slices.Contains(set.Labels, *second) || *first == *second {
		return i.misuse("-a %d and -b %d are not two digits", *first, *second)
	}
	sigmas := []float64{0.2, 0.4, 0.7, 1}
	a, b, err := engine.TornPair(images, set.Labels, *first, *second, sigmas, *seed)
	if err != nil {
		return err
	}
	return open(side, side, func(s engine.Subject) error {
		torn, drawn, err := s.Posterior(images, set.Labels, a, b, sigmas, *seed)
		if err != nil {
			return &dataError{err}
		}
		object := posteriorObject{A: *first, B: *second, Images: *count, Pass: engine.TornFailure(torn) == ""}
		for _, t := range torn {
			object.Levels = append(object.Levels, tornLevel{
				report.Number(t.Sigma), report.Number(t.ProbabilityA), report.Number(t.ProbabilityB), report.Number(t.ToMean), report.Number(t.ToNearest), report.Number(t.MeanToEither),
			})
		}
		if err := i.found(object, func() {
			for _, t := range torn {
				fmt.Fprintf(i.stdout, "sigma %.2f: P(%d) %.3f, P(%d) %.3f; the answer is %.4f from the exact mean, which is %.4f from either, and %.4f from the nearest image (rms of white)\n",
					t.Sigma, *first, t.ProbabilityA, *second, t.ProbabilityB, t.ToMean, t.MeanToEither, t.ToNearest)
			}
		}); err != nil {
			return err
		}
		if err := write(drawn); err != nil {
			return err
		}
		if failure := engine.TornFailure(torn); failure != "" {
			return fmt.Errorf("%w: %s", errNotTheMean, failure)
		}
		return nil
	})
}
