package main

import (
	"errors"
	"fmt"
	"os"

	"tweedie/engine"
	"tweedie/engine/report"
	"tweedie/engine/uncertainty"
)

// errNotCalibrated: a calibration's bounds are broken.
var errNotCalibrated = errors.New("the network's uncertainty does not match its errors")

func runCalibrate(i *invocation) error {
	open := i.modelFlags()
	folder := i.flags.String("data", "", "`folder` of clean images; if absent, the validation images of the run folder")
	chosen := i.noiseFlags("noise")
	count := i.flags.Int("count", 24, "`number` of images, even in the folder")
	side := i.flags.Int("side", 128, "`pixels` of the side of their middles that are taken")
	seed := i.flags.Uint64("seed", 1, "seed of the noise")
	probing := i.probingFlags()
	i.jsonFlag("pass, ratio, floored, deciles (predicted, observed, ratio)")
	out := i.flags.String("o", "", "`path` of a reliability plot (PNG)")
	force := i.flags.Bool("force", false, "overwrite the plot if it exists")
	if err := i.parse(0, 0); err != nil {
		return err
	}
	given, missing, err := chosen()
	if err != nil {
		return err
	}
	p, err := probing()
	if err != nil {
		return err
	}
	if *count < 1 || *side < 8 {
		return i.misuse("-count is at least 1 and -side at least 8")
	}
	if _, err := os.Lstat(*out); *out != "" && err == nil && !*force {
		return &dataError{fmt.Errorf("%s exists; -force overwrites it", *out)}
	}
	return open(func(model *engine.Model, path string) error {
		if missing {
			found := false
			if given, found = trainedNoise(path); !found {
				return i.noiseMissing()
			}
		}
		sigma, isGaussian := given.Sigma()
		if !isGaussian {
			return i.misuse("the posterior's covariance is the Jacobian's for gaussian noise only, not for %s", given.Model.Name)
		}
		set, err := i.evaluationImages("", *folder, path)
		if err != nil {
			return err
		}
		c, err := model.Calibrate(set, sigma/255, *count, *side, *seed, p)
		if err != nil {
			return &dataError{err}
		}
		object := struct {
			Pass bool `json:"pass"`
			uncertainty.Calibration
		}{c.Passes(), c}
		if err := i.found(object, func() { i.printCalibration(c) }); err != nil {
			return err
		}
		if *out != "" {
			plot, err := report.ReliabilityPlot(fmt.Sprintf("%s, sigma %g: error that was made over error that was predicted", path, sigma), c)
			if err != nil {
				return err
			}
			if err := report.WritePNG(*out, plot); err != nil {
				return &dataError{err}
			}
		}
		if !c.Passes() {
			return fmt.Errorf("%w: squared errors are %.3f of the predicted variances", errNotCalibrated, c.Ratio)
		}
		return nil
	})
}

func (i *invocation) printCalibration(c uncertainty.Calibration) {
	fmt.Fprintln(i.stdout, "decile  predicted  made (root mean squares, of 255)  ratio of squares")
	for k, bin := range c.Deciles {
		fmt.Fprintf(i.stdout, "%6d  %9.2f  %4.2f  %30.3f\n", k+1, 255*bin.Predicted, 255*bin.Observed, bin.Ratio)
	}
	fmt.Fprintf(i.stdout, "all     squared errors are %.3f of the predicted variances (0.9 to 1.1; a decile 0.8 to 1.25)\n", c.Ratio)
	fmt.Fprintf(i.stdout, "floor   %g of the noise's variance, %.2f %% of the pixels are at it (at most 1 %%)\n", uncertainty.Floor, 100*c.Floored)
}
