// Package evaluate measures a denoiser by the protocol of published work on grayscale Gaussian denoising: the noise is the one that NumPy's
// legacy generator draws, so that figures compare with those of other programs bit for bit, and the measures are PSNR, SSIM and MSE of the
// 8-bit result. It knows no network and no file: images come in as samples, the denoiser as a function.
package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"tweedie/engine/noise"
	"tweedie/engine/random"
)

// Image is a clean 8-bit gray image, row by row.
type Image struct {
	Name          string
	Height, Width int
	Samples       []uint8
	Noisy         []float32 // as it was recorded, black 0 and white 1; nil if noise is to be added
}

// Denoiser returns the denoised image of a noisy one. Both have height*width samples, row by row, black 0 and white 1; noise goes beyond. It
// may keep neither slice.
type Denoiser func(noisy []float32, height, width int) ([]float32, error)

// Protocol is how noise is added and results are compared (KAIR's test of DnCNN, Zhang et al. 2017, and its successors):
//
//	noisy    = float32(clean/255) + normal(0, Sigma/255)    NumPy's legacy generator, seeded anew with Seed for each image; not clipped
//	denoised = round(255 * clip(output, 0, 1))              in float32, halves to even
//
// and PSNR, SSIM and MSE of the 8-bit denoised image against the clean one, without cutting the border.
type Protocol struct {
	Sigma float64 // standard deviation of the noise, in units of 1/255
	Seed  uint32  // 0 in published work

	// Noise, if not nil, is drawn instead of Gaussian noise: by package noise with the seed's words of stream Noise at step 0, sample 0, the same for each image.
	Noise *noise.Fixed

	// Observe, if not nil, is called after each image, to save or show it. It may keep neither slice.
	Observe func(image Image, noisy []float32, denoised []uint8, scores Scores) error
}

// Level is the standard deviation of the noise at white, where white is 1: what networks with a noise map are told.
func (p Protocol) Level() float64 {
	if p.Noise != nil {
		return float64(p.Noise.Level())
	}
	return p.Sigma / 255
}

// Run denoises the images in the order of their names' bytes and returns their scores and the means. An image that is no image, one that is
// too small for SSIM, output of the wrong length and output that is not a number are errors that name the image.
func (p Protocol) Run(images []Image, denoise Denoiser) (*Result, error) {
	if !(p.Sigma >= 0 && p.Sigma <= math.MaxFloat32) {
		return nil, fmt.Errorf("sigma %v is not a standard deviation; give a number from 0 up", p.Sigma)
	}
	if len(images) == 0 {
		return nil, fmt.Errorf("no images to evaluate on")
	}
	sorted := slices.Clone(images)
	slices.SortStableFunc(sorted, func(a, b Image) int { return cmp.Compare(a.Name, b.Name) })
	result := new(Result)
	for _, image := range sorted {
		scores, err := p.run(image, denoise)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", image.Name, err)
		}
		result.add(scores)
	}
	return result, nil
}

func (p Protocol) run(image Image, denoise Denoiser) (Scores, error) {
	if err := checkImage(image.Samples, image.Height, image.Width); err != nil {
		return Scores{}, err
	}
	if image.Noisy != nil && len(image.Noisy) != len(image.Samples) {
		return Scores{}, fmt.Errorf("%d noisy samples for an image of %d", len(image.Noisy), len(image.Samples))
	}
	noisy := p.noisy(image)
	output, err := denoise(noisy, image.Height, image.Width)
	if err != nil {
		return Scores{}, err
	}
	if len(output) != len(image.Samples) {
		return Scores{}, fmt.Errorf("the denoiser returned %d samples for an image of %d", len(output), len(image.Samples))
	}
	denoised, err := Quantize(output)
	if err != nil {
		return Scores{}, err
	}
	scores, err := Compare(denoised, image.Samples, image.Height, image.Width)
	if err != nil {
		return Scores{}, err
	}
	scores.Name = image.Name
	if p.Observe != nil {
		err = p.Observe(image, noisy, denoised, scores)
	}
	return scores, err
}

func (p Protocol) noisy(image Image) []float32 {
	samples := image.Samples
	if image.Noisy != nil {
		return slices.Clone(image.Noisy)
	}
	if p.Noise == nil {
		return AddNoise(samples, p.Sigma, p.Seed)
	}
	clean, noisy := make([]float32, len(samples)), make([]float32, len(samples))
	for i, sample := range samples {
		clean[i] = float32(sample) / 255
	}
	p.Noise.Apply(noisy, clean, &noise.Words{Seed: uint64(p.Seed), Stream: random.Noise})
	return noisy
}

// AddNoise returns the noisy image of the protocol: each sample divided by 255 and rounded to float32, plus a normal value of standard
// deviation sigma/255 from NumPy's legacy generator, added in float64 and rounded to float32.
func AddNoise(samples []uint8, sigma float64, seed uint32) []float32 {
	generator := NewLegacyGenerator(seed)
	noisy := make([]float32, len(samples))
	for i, sample := range samples {
		clean := float32(float64(sample) / 255)
		noise := float64(sigma / 255 * generator.Normal()) // not fused with the sum
		noisy[i] = float32(float64(clean) + noise)
	}
	return noisy
}

// Quantize returns the output of a denoiser as 8-bit samples: clipped to [0, 1], times 255 in float32, rounded with halves to even.
func Quantize(output []float32) ([]uint8, error) {
	samples := make([]uint8, len(output))
	for i, value := range output {
		if value != value {
			return nil, fmt.Errorf("the denoised image is not a number at sample %d", i)
		}
		samples[i] = uint8(math.RoundToEven(float64(float32(min(max(value, 0), 1) * 255))))
	}
	return samples, nil
}

func checkImage(samples []uint8, height, width int) error {
	if height < 1 || width < 1 || len(samples)/width != height || len(samples)%width != 0 {
		return fmt.Errorf("%d samples are no image of %d x %d pixels", len(samples), width, height)
	}
	return nil
}
