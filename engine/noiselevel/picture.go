package noiselevel

import "tweedie/engine/picture"

// significant is by how many standard errors a part of the variance must be above zero for Automatic to keep it.
const significant = 3

// Picture estimates the noise of a picture's channels together, and of each by itself. Kind may be Automatic.
func Picture(p *picture.Picture, kind Kind) (whole Estimate, channels []Estimate, err error) {
	var images []Image
	for _, plane := range p.Planes {
		image := Image{Samples: make([]float32, len(plane)), Height: p.Height, Width: p.Width}
		for i, sample := range plane {
			image.Samples[i] = float32(sample) / float32(p.Maximum())
		}
		images = append(images, image)
	}
	if whole, err = automatic(images, kind); err != nil {
		return Estimate{}, nil, err
	}
	for _, image := range images {
		channel, err := Of([]Image{image}, whole.Kind, true)
		if err != nil {
			return Estimate{}, nil, err
		}
		channels = append(channels, channel)
	}
	return whole, channels, nil
}

// automatic is Of, which for Automatic leaves out the part that is not significantly above zero.
func automatic(images []Image, kind Kind) (Estimate, error) {
	if kind != Automatic {
		return Of(images, kind, true)
	}
	both, err := Of(images, PoissonGaussian, true)
	if err != nil {
		return Estimate{}, err
	}
	switch {
	case both.Slope <= significant*both.SlopeError:
		return Of(images, Gaussian, true)
	case both.Constant <= significant*both.ConstantError:
		return Of(images, Poisson, true)
	}
	return both, nil
}
