package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tweedie/engine"
	"tweedie/engine/picture"
)

func runDenoise(i *invocation) error {
	open := i.modelFlags()
	chosen := i.noiseFlags("noise")
	out := i.flags.String("o", "", "`path` of the result: a file for one image, else a folder")
	deviations := i.flags.String("uncertainty", "", "`path` (.png or .npy) for the standard deviation of each pixel of one image, for gaussian noise")
	components := i.flags.Int("components", 0, "`number` of principal components of what is not known, drawn in the picture of -uncertainty")
	probing := i.probingFlags()
	ensemble := i.ensembleFlag()
	force := i.flags.Bool("force", false, "overwrite results that exist")
	if err := i.parse(1, math.MaxInt); err != nil {
		return err
	}
	if *out == "" {
		return i.misuse("-o is needed")
	}
	given, missing, err := chosen()
	if err != nil {
		return err
	}
	jobs, err := denoiseJobs(i.arguments, *out)
	if err != nil {
		return err
	}
	measured := uncertain{path: *deviations}
	if measured.probing, err = probing(); err != nil {
		return err
	}
	measured.probing.Components = *components
	switch {
	case *components < 0 || *components > 64 || *components > 0 && *deviations == "":
		return i.misuse("-components is between 0 and 64, and goes with -uncertainty")
	case *deviations != "" && *ensemble:
		return i.misuse("-uncertainty is that of one answer; leave out -ensemble")
	case *deviations != "" && len(jobs) > 1:
		return i.misuse("-uncertainty is of one image, but there are %d", len(jobs))
	case *deviations != "":
		if err := measured.check(*force); err != nil {
			return &dataError{err}
		}
	}
	return open(func(model *engine.Model, path string) error {
		model.Ensemble(*ensemble)
		if *deviations != "" {
			if missing {
				found := false
				if given, found = trainedNoise(path); !found {
					return i.noiseMissing()
				}
			}
			sigma, isGaussian := given.Sigma()
			if !isGaussian {
				return i.misuse("-uncertainty is the Jacobian's for gaussian noise only, not for %s", given.Model.Name)
			}
			if err := measured.run(i, model, jobs[0].in, jobs[0].out, sigma, *force); err != nil {
				return &dataError{err}
			}
			return nil
		}
		sigma := math.NaN() // which networks without a noise map do not see
		if _, noiseMap := model.Network(); noiseMap {
			if missing {
				found := false
				if given, found = trainedNoise(path); !found {
					return i.noiseMissing()
				}
			}
			sigma = 255 * float64(given.Level())
		}
		failed := 0
		for _, job := range jobs {
			if err := job.run(i, model, sigma, *force); err != nil {
				if len(jobs) == 1 {
					return &dataError{err}
				}
				fmt.Fprintln(i.stderr, "trainer: "+err.Error())
				failed++
			}
		}
		if failed > 0 {
			return &dataError{fmt.Errorf("%d of %d images failed", failed, len(jobs))}
		}
		return nil
	})
}

// denoiseJob is one image and where its result goes.
type denoiseJob struct{ in, out string }

// denoiseJobs lists the images: those named, and those in the folders named, and where each result goes. Two images with one result are
// a mistake.
func denoiseJobs(arguments []string, out string) ([]denoiseJob, error) {
	info, err := os.Stat(out)
	isFolder := err == nil && info.IsDir() || strings.HasSuffix(out, "/") || len(arguments) > 1
	var jobs []denoiseJob
	for _, argument := range arguments {
		info, err := os.Stat(argument)
		if err != nil {
			return nil, &dataError{fmt.Errorf("%s: no such image or folder", argument)}
		}
		if !info.IsDir() {
			job := denoiseJob{argument, out}
			if isFolder {
				job.out = filepath.Join(out, resultName(filepath.Base(argument)))
			}
			jobs = append(jobs, job)
			continue
		}
		names, err := picture.List(argument, true)
		if err != nil {
			return nil, err
		}
		if within(out, argument) { // the results of an earlier call are no images to denoise
			names = slices.DeleteFunc(names, func(name string) bool { return within(filepath.Join(argument, name), out) })
		}
		if len(names) == 0 {
			return nil, &dataError{fmt.Errorf("%s: the folder holds no images (.png .jpg .tif .bmp .webp)", argument)}
		}
		for _, name := range names {
			jobs = append(jobs, denoiseJob{filepath.Join(argument, name), filepath.Join(out, resultName(name))})
		}
	}
	if len(jobs) > 1 && picture.IsImage(out) && (err != nil || !info.IsDir()) {
		return nil, &dataError{fmt.Errorf("%s is the name of one image, but there are %d to denoise; name a folder by -o", out, len(jobs))}
	}
	from := map[string]string{}
	for _, job := range jobs {
		if other, taken := from[job.out]; taken {
			return nil, &dataError{fmt.Errorf("%s and %s would both be written to %s; denoise them into two folders", other, job.in, job.out)}
		}
		from[job.out] = job.in
		if sameFile(job.in, job.out) {
			return nil, &dataError{fmt.Errorf("%s would be overwritten by its own result; name another place by -o", job.in)}
		}
	}
	return jobs, nil
}

// sameFile reports whether two paths lead to one file that is there.
func sameFile(a, b string) bool {
	first, firstErr := os.Stat(a)
	second, secondErr := os.Stat(b)
	return firstErr == nil && secondErr == nil && os.SameFile(first, second)
}

// within reports whether a path lies inside a folder, as far as their names tell.
func within(path, folder string) bool {
	path, pathErr := filepath.Abs(path)
	folder, folderErr := filepath.Abs(folder)
	relative, err := filepath.Rel(folder, path)
	return errors.Join(pathErr, folderErr, err) == nil && relative != "." && filepath.IsLocal(relative)
}

// resultName is an image's name, in a format that can be written: PNG instead of WebP.
func resultName(name string) string {
	if extension := filepath.Ext(name); strings.EqualFold(extension, ".webp") {
		return strings.TrimSuffix(name, extension) + ".png"
	}
	return name
}

func (job denoiseJob) run(i *invocation, model *engine.Model, sigma float64, force bool) error {
	if _, err := os.Lstat(job.out); err == nil && !force {
		return fmt.Errorf("%s exists; -force overwrites it", job.out)
	}
	noisy, err := picture.Read(job.in)
	if err != nil {
		return err
	}
	if err := picture.CanWrite(job.out, noisy); err != nil {
		return err
	}
	began := time.Now()
	denoised, err := model.Denoise(noisy, sigma)
	if err != nil {
		return fmt.Errorf("%s: %w", job.in, err)
	}
	seconds := time.Since(began).Seconds()
	if err := os.MkdirAll(filepath.Dir(job.out), 0o777); err != nil {
		return err
	}
	if err := picture.Write(job.out, denoised, force); err != nil {
		return err
	}
	fmt.Fprintf(i.stdout, "%s  %dx%d  %.2f s\n", job.out, noisy.Width, noisy.Height, seconds)
	return nil
}
