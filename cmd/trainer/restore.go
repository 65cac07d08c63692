package main

import (
	"flag"
	"fmt"
	"math/rand/v2"

	"tweedie/engine"
	"tweedie/engine/report"
	"tweedie/engine/score"
)

// restoreObject is what restore prints with -json.
type restoreObject struct {
	PSNR         report.Number `json:"psnr_db"`
	BaselinePSNR report.Number `json:"smoothest_psnr_db"`
	Measurements int           `json:"measurements"`
	Pixels       int           `json:"pixels"`
	Misfit       report.Number `json:"misfit"` // root mean square, of white
	Steps        int           `json:"steps"`
}

func runRestore(i *invocation) error {
	open := i.subjectFlags()
	mask := i.flags.String("mask", "", "`image` of the same size: what is black in it is unknown (inpainting)")
	missing := i.flags.Float64("missing", 0, "`share` of the pixels that are unknown, at random")
	factor := i.flags.Int("factor", 0, "only the means of `N` x N pixels are known (super-resolution)")
	blur := i.flags.Float64("blur", 0, "the image is blurred by a Gaussian of that deviation in `pixels`")
	kernel := i.flags.String("kernel", "", "the image is blurred by a kernel, an `image` of odd height and width")
	projections := i.flags.Float64("projections", 0, "only random projections are known, their number this `share` of the pixels")
	angles := i.flags.Int("angles", 0, "only parallel rays at `N` angles are known (CT)")
	rounds := i.flags.Int("rounds", 30, "of least squares in each step; few regularise a blur")
	seed := i.flags.Uint64("seed", 1, "seed of what is unknown and of the walk")
	from, to := i.endFlags()
	ascent := i.ascentFlags(from, to, 0.01)
	i.jsonFlag("psnr_db, smoothest_psnr_db, measurements, pixels, misfit (root mean square, of white), steps")
	check, write := i.pictureFlags()
	if err := i.parse(1, 1); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	given := 0
	i.flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "mask", "missing", "factor", "blur", "kernel", "projections", "angles":
			given++
		}
	})
	if given != 1 || *rounds < 1 {
		return i.misuse("one of -mask, -missing, -factor, -blur, -kernel, -projections and -angles says what is known")
	}
	clean, height, width, err := grayImage(i.arguments[0])
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(*seed, 6))
	var operator score.Operator
	switch {
	case *mask != "":
		var known []float64
		var h, w int
		if known, h, w, err = grayImage(*mask); err == nil && (h != height || w != width) {
			err = fmt.Errorf("%s has %d x %d pixels (height x width), the image %d x %d", *mask, h, w, height, width)
		}
		operator = maskOf(len(clean), func(k int) bool { return known[k] > 0.5 }, err)
	case *missing > 0 && *missing < 1:
		operator = maskOf(len(clean), func(int) bool { return random.Float64() >= *missing }, nil)
	case *factor > 1:
		operator, err = score.BlockAverage(height, width, *factor)
	case *blur > 0 && *blur < 50:
		weights, side := score.GaussianKernel(*blur)
		operator, err = score.Blur(height, width, weights, side, side)
	case *kernel != "":
		var weights []float64
		var h, w int
		if weights, h, w, err = grayImage(*kernel); err == nil {
			sum := 0.0
			for _, weight := range weights {
				sum += weight
			}
			for k := range weights {
				weights[k] /= sum
			}
			operator, err = score.Blur(height, width, weights, h, w)
		}
	case *projections > 0 && *projections <= 1:
		if len(clean) > 64*64 {
			return i.misuse("-projections takes images of up to 64x64 pixels, as each projection is an image")
		}
		operator, err = score.RandomProjections(len(clean), max(1, int(*projections*float64(len(clean)))), random)
	case *angles > 0 && *angles <= 1000:
		operator = score.Tomograph(height, width, *angles)
	default:
		return i.misuse("what is known is out of range: -missing and -projections are shares, -factor is at least 2, -blur from 0 to 50, -angles from 1 to 1000")
	}
	if err != nil {
		return &dataError{err}
	}
	return open(height, width, func(s engine.Subject) error {
		restored, drawn, err := s.Restore(operator, clean, ascent(), *rounds, *seed)
		if err != nil {
			return &dataError{err}
		}
		object := restoreObject{
			report.Number(restored.PSNR), report.Number(restored.BaselinePSNR), restored.Measurements, len(clean), report.Number(restored.Misfit), restored.Steps,
		}
		if err := i.found(object, func() {
			fmt.Fprintf(i.stdout, "restored %.2f dB, the smoothest image %.2f dB; %d numbers of %d were known, and are kept to %.4f of white; %d steps\n",
				restored.PSNR, restored.BaselinePSNR, restored.Measurements, len(clean), restored.Misfit, restored.Steps)
		}); err != nil {
			return err
		}
		return write(drawn)
	})
}

// maskOf sees the pixels that are known; nil after an error.
func maskOf(pixels int, known func(k int) bool, err error) score.Operator {
	if err != nil {
		return nil
	}
	list := make([]bool, pixels)
	for k := range list {
		list[k] = known(k)
	}
	return score.Mask(list)
}
