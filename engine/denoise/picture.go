package denoise

import (
	"fmt"
	"math"

	"tweedie/engine/picture"
)

// Picture denoises each channel of a picture by itself. Depth, size and alpha are kept. Sigma is in units of 1/255 of white. A result
// that is not a number is an error: the weights are broken.
func (d *Denoiser) Picture(noisy *picture.Picture, sigma float64) (*picture.Picture, error) {
	denoised := picture.New(noisy.Width, noisy.Height, len(noisy.Planes), noisy.Depth)
	denoised.Alpha = noisy.Alpha
	white := float32(noisy.Maximum())
	for channel, plane := range noisy.Planes {
		output, broken := denoised.Planes[channel], false
		err := d.Plane(noisy.Height, noisy.Width, sigma/255,
			func(y, x int, dst []float32) {
				for i, sample := range plane[y*noisy.Width+x:][:len(dst)] {
					dst[i] = float32(sample) / white
				}
			},
			func(y, x int, src []float32) {
				row := output[y*noisy.Width+x:][:len(src)]
				for i, value := range src {
					if value != value {
						broken = true
						continue
					}
					row[i] = uint16(math.RoundToEven(float64(min(max(value, 0), 1) * white)))
				}
			})
		if err != nil {
			return nil, err
		}
		if broken {
			return nil, fmt.Errorf("the network's answer is not a number; the model's weights are broken")
		}
	}
	return denoised, nil
}
