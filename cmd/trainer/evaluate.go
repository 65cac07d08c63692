package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"tweedie/engine"
	"tweedie/engine/data"
	"tweedie/engine/evaluate"
	"tweedie/engine/picture"
)

func runEvaluate(i *invocation) error {
	modelPath := i.flags.String("model", "", "`path` of a run folder, a model or a checkpoint")
	folder := i.flags.String("data", "", "`folder` of clean images, or dead-leaves")
	sigma := i.sigmaFlag("standard deviation of the noise that is added, of 255")
	seed := i.flags.Uint64("seed", 0, "seed of NumPy's legacy generator, anew for each image")
	asJSON := i.flags.Bool("json", false, "print one JSON object: psnr, ssim, mse (means) and images")
	save := i.flags.String("save", "", "`folder` for the clean, noisy and denoised images")
	openDevice := i.deviceFlags()
	if err := i.parse(0, 0); err != nil {
		return err
	}
	if *modelPath == "" || *folder == "" {
		return i.misuse("-model and -data are needed")
	}
	if err := i.checkSigma(*sigma); err != nil {
		return err
	}
	if *seed > math.MaxUint32 {
		return i.misuse("-seed %d is not between 0 and %d, as NumPy's legacy generator takes them", *seed, uint32(math.MaxUint32))
	}
	set, err := data.Load([]string{*folder}, data.Options{Validation: true})
	if err != nil {
		return err
	}
	d, err := openDevice()
	if err != nil {
		return err
	}
	defer d.Close()
	model, err := engine.Open(*modelPath, d)
	if err != nil {
		return asData(err)
	}
	defer model.Close()
	if *save != "" {
		if err := os.MkdirAll(*save, 0o777); err != nil {
			return &dataError{err}
		}
	}
	noisyPSNR := 0.0
	protocol := evaluate.Protocol{Sigma: *sigma, Seed: uint32(*seed)}
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
		return saveEvaluated(*save, image, clipped, denoised)
	}
	result, err := model.Evaluate(set, protocol)
	if err != nil {
		return &dataError{err}
	}
	if *asJSON {
		encoder := json.NewEncoder(i.stdout)
		return encoder.Encode(result)
	}
	for _, image := range result.Images {
		fmt.Fprintf(i.stdout, "%-24s PSNR %6.3f dB  SSIM %.4f  MSE %8.3f\n", image.Name, float64(image.PSNR), image.SSIM, image.MSE)
	}
	fmt.Fprintf(i.stdout, "%-24s PSNR %6.3f dB\n", "noisy, clipped, mean", noisyPSNR)
	fmt.Fprintf(i.stdout, "%-24s PSNR %6.3f dB  SSIM %.4f  MSE %8.3f\n", fmt.Sprintf("mean of %d", len(result.Images)), float64(result.PSNR), result.SSIM, result.MSE)
	return nil
}

// saveEvaluated writes NAME-clean.png, NAME-noisy.png (clipped to what a file holds) and NAME-denoised.png.
func saveEvaluated(folder string, image evaluate.Image, noisy, denoised []uint8) error {
	base := strings.TrimSuffix(image.Name, filepath.Ext(image.Name))
	for suffix, samples := range map[string][]uint8{"clean": image.Samples, "noisy": noisy, "denoised": denoised} {
		p := picture.New(image.Width, image.Height, 1, 8)
		for k, sample := range samples {
			p.Planes[0][k] = uint16(sample)
		}
		path := filepath.Join(folder, fmt.Sprintf("%s-%s.png", base, suffix))
		if err := picture.Write(path, p, true); err != nil {
			return err
		}
	}
	return nil
}
