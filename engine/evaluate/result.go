package evaluate

import (
	"encoding/json"
	"math"
)

// Scores compares one denoised image with its clean original.
type Scores struct {
	Name string  `json:"name"`
	PSNR Decibel `json:"psnr"`
	SSIM float64 `json:"ssim"`
	MSE  float64 `json:"mse"` // in units of squared 8-bit levels
}

// Result is the scores of a set of images. PSNR, SSIM and MSE are the means over the images of their own; the mean PSNR is not the PSNR of
// the mean MSE.
type Result struct {
	PSNR   Decibel  `json:"psnr"`
	SSIM   float64  `json:"ssim"`
	MSE    float64  `json:"mse"`
	Images []Scores `json:"images"`
}

// add appends the scores of an image and recomputes the means.
func (r *Result) add(scores Scores) {
	r.Images = append(r.Images, scores)
	var psnr, ssim, mse float64
	for _, image := range r.Images {
		psnr += float64(image.PSNR)
		ssim += image.SSIM
		mse += image.MSE
	}
	n := float64(len(r.Images))
	r.PSNR, r.SSIM, r.MSE = Decibel(psnr/n), ssim/n, mse/n
}

// Decibel is a ratio in dB. Identical images have an infinite PSNR, and so has a set with one such pair. JSON has no infinity: it is written
// as null, and read back from it.
type Decibel float64

// MarshalJSON writes a number, or null for an infinite one.
func (d Decibel) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(d), 1) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(d))
}

// UnmarshalJSON reads a number, or null as infinity.
func (d *Decibel) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*d = Decibel(math.Inf(1))
		return nil
	}
	return json.Unmarshal(text, (*float64)(d))
}
