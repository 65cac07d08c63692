package denoise

import (
	"errors"
	"math"

	"tweedie/engine/picture"
)

// FromSamples scales samples to [0, 1].
func FromSamples(samples []uint16, white uint16, dst []float32) {
	for i, sample := range samples {
		dst[i] = float32(sample) / float32(white)
	}
}

// ToSamples clips values to [0, 1], scales them to white and rounds, halves to even. A value that is not a number is an error.
func ToSamples(values []float32, white uint16, dst []uint16) error {
	for i, value := range values {
		if value != value {
			return errors.New("the network's answer is not a number; the model's weights are broken")
		}
		dst[i] = uint16(math.RoundToEven(float64(min(max(value, 0), 1) * float32(white))))
	}
	return nil
}

// Picture denoises each channel of a picture by itself. Depth, size, alpha and colour profile are kept. Sigma is in units of 1/255 of white.
func (d *Denoiser) Picture(noisy *picture.Picture, sigma float64) (*picture.Picture, error) {
	denoised := picture.New(noisy.Width, noisy.Height, len(noisy.Planes), noisy.Depth)
	denoised.Alpha, denoised.Profile = noisy.Alpha, noisy.Profile
	white := noisy.Maximum()
	for channel, plane := range noisy.Planes {
		var broken error
		err := d.Plane(noisy.Height, noisy.Width, sigma/255,
			func(y, x int, dst []float32) { FromSamples(plane[y*noisy.Width+x:][:len(dst)], white, dst) },
			func(y, x int, src []float32) {
				if err := ToSamples(src, white, denoised.Planes[channel][y*noisy.Width+x:]); err != nil {
					broken = err
				}
			})
		if err := errors.Join(err, broken); err != nil {
			return nil, err
		}
	}
	return denoised, nil
}
