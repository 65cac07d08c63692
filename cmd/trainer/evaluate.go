package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"tweedie/engine"
	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/evaluate"
	"tweedie/engine/picture"
	"tweedie/engine/report"
)

func runEvaluate(i *invocation) error {
	open := i.modelFlags()
	folder := i.flags.String("data", "", "`folder` of clean images, an image, an IDX file, or "+data.Names()+"; if absent, the validation images of the run folder")
	recorded := i.flags.String("noisy", "", "`folder` of noisy images with the names of the clean ones in -data: no noise is added")
	chosen := i.noiseFlags("noise")
	seed := i.flags.Uint64("seed", 0, "seed of the noise, anew for each image; that of gaussian is NumPy's legacy generator's")
	ensemble := i.ensembleFlag()
	i.jsonFlag("psnr, ssim, mse (means) and images")
	table := i.flags.String("sweep", "", "`path` of a sweep's table (sigma,psnr,ssim,run): add the means, or put them in place of the same run's")
	save := i.flags.String("save", "", "`folder` for the clean, noisy and denoised images")
	force := i.flags.Bool("force", false, "overwrite images that -save finds in its folder")
	if err := i.parse(0, 0); err != nil {
		return err
	}
	given, missing, err := chosen()
	if err != nil {
		return err
	}
	if *recorded != "" && *folder == "" {
		return i.misuse("-noisy needs -data, the folder of the clean images")
	}
	if *seed > math.MaxUint32 {
		return i.misuse("-seed %d is not between 0 and %d, as NumPy's legacy generator takes them", *seed, uint32(math.MaxUint32))
	}
	return open(func(model *engine.Model, path string) error {
		model.Ensemble(*ensemble)
		set, err := i.evaluationImages(*recorded, *folder, path)
		if err != nil {
			return err
		}
		pairs := set.Noisy != nil
		_, takesLevel := model.Network()
		if pairs && !missing && !takesLevel {
			return i.misuse("the images have the noise that they were recorded with; leave out -sigma and all that names noise")
		}
		if missing && (!pairs || takesLevel) {
			found := false
			if given, found = trainedNoise(path); !found {
				return i.noiseMissing()
			}
			missing = false
		}
		sigma, isGaussian := given.Sigma()
		if *table != "" && !isGaussian {
			return i.misuse("-sweep is a table of gaussian noise; leave it out, or evaluate at -noise gaussian")
		}
		noisyPSNR := 0.0
		protocol := evaluate.Protocol{Sigma: sigma, Seed: uint32(*seed)}
		if !isGaussian && !missing {
			protocol.Noise = &given
		}
		protocol.Observe = func(image evaluate.Image, noisy []float32, denoised []uint8, _ evaluate.Scores) error {
			clipped, err := evaluate.Quantize(noisy)
			if err != nil {
				return err
			}
			scores, err := evaluate.Compare(clipped, image.Samples, image.Height, image.Width)
			if err != nil {
				return err
			}
			noisyPSNR += float64(scores.PSNR) / float64(len(set.Images))
			if *save == "" {
				return nil
			}
			return saveEvaluated(*save, image, clipped, denoised, *force)
		}
		result, err := model.Evaluate(set, protocol)
		if err != nil {
			return &dataError{err}
		}
		if *table != "" {
			row := report.SweepRow{Sigma: sigma, PSNR: float64(result.PSNR), SSIM: result.SSIM, Run: path}
			if err := report.AddToSweep(*table, row); err != nil {
				return &dataError{err}
			}
		}
		return i.found(result, func() {
			const line = "%-24s PSNR %6.3f dB  SSIM %.4f  MSE %8.3f\n"
			for _, image := range result.Images {
				fmt.Fprintf(i.stdout, line, image.Name, float64(image.PSNR), image.SSIM, image.MSE)
			}
			fmt.Fprintf(i.stdout, "%-24s PSNR %6.3f dB\n", "noisy, clipped, mean", noisyPSNR)
			fmt.Fprintf(i.stdout, line, fmt.Sprintf("mean of %d", len(result.Images)), float64(result.PSNR), result.SSIM, result.MSE)
		})
	})
}

// evaluationImages reads the images of a folder, with those of a folder of noisy ones if one is named, or else the images that the run in the folder of the
// model is validated on.
func (i *invocation) evaluationImages(noisy, folder, run string) (*data.Set, error) {
	if noisy != "" {
		return data.LoadPairs([]string{noisy}, []string{folder}, data.Options{})
	}
	if folder != "" {
		return data.Load([]string{folder}, data.Options{Validation: true})
	}
	path := filepath.Join(run, "experiment.toml")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, i.misuse("-data is missing, and -model is not a run folder with an experiment.toml that tells the images")
	}
	experiment, err := config.Parse(path, text)
	if err != nil {
		return nil, err
	}
	set, err := engine.LoadImages(experiment, true)
	if err != nil {
		return nil, err
	}
	for _, skipped := range set.Skipped {
		fmt.Fprintf(i.stderr, "left out %v\n", skipped)
	}
	return set, nil
}

// saveEvaluated writes NAME-clean.png, NAME-noisy.png (clipped to what a file holds) and NAME-denoised.png, NAME without .png. Other
// extensions stay, so that a.jpg does not take the place of a.png.
func saveEvaluated(folder string, image evaluate.Image, noisy, denoised []uint8, force bool) error {
	base := filepath.Join(folder, strings.TrimSuffix(image.Name, ".png"))
	if err := os.MkdirAll(filepath.Dir(base), 0o777); err != nil {
		return err
	}
	for suffix, samples := range map[string][]uint8{"clean": image.Samples, "noisy": noisy, "denoised": denoised} {
		p := picture.New(image.Width, image.Height, 1, 8)
		for k, sample := range samples {
			p.Planes[0][k] = uint16(sample)
		}
		out := fmt.Sprintf("%s-%s.png", base, suffix)
		if _, err := os.Lstat(out); err == nil && !force {
			return fmt.Errorf("%s exists; -force overwrites it, or name another folder by -save", out)
		}
		if err := picture.Write(out, p, true); err != nil {
			return err
		}
	}
	return nil
}
