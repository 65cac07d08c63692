package engine

import (
	"fmt"
	"math"
	"slices"

	"tweedie/engine/data"
	"tweedie/engine/denoise"
)

// Latents are what an autoencoder makes of images, one after the other, each of the Size's elements, channels last.
type Latents struct {
	Count  int
	Size   denoise.Size
	Values []float32
}

// Of is the latent of an image.
func (l *Latents) Of(index int) []float32 {
	elements := l.Size.Elements()
	return l.Values[index*elements : (index+1)*elements]
}

// Shape is that of an array of the latents: (count, elements) for vectors, else (count, height, width, channels).
func (l *Latents) Shape() []int {
	if l.Size.Height*l.Size.Width == 1 {
		return []int{l.Count, l.Size.Channels}
	}
	return []int{l.Count, l.Size.Height, l.Size.Width, l.Size.Channels}
}

// LatentsOf are the latents in an array of a shape that Shape gives.
func LatentsOf(shape []int, values []float32) (*Latents, error) {
	l := &Latents{Values: values}
	switch len(shape) {
	case 2:
		l.Count, l.Size = shape[0], denoise.Size{Height: 1, Width: 1, Channels: shape[1]}
	case 4:
		l.Count, l.Size = shape[0], denoise.Size{Height: shape[1], Width: shape[2], Channels: shape[3]}
	default:
		return nil, fmt.Errorf("an array of shape %v holds no latents: they are (count, elements) or (count, height, width, channels)", shape)
	}
	if l.Count < 1 || l.Size.Elements() < 1 || l.Count*l.Size.Elements() != len(values) {
		return nil, fmt.Errorf("an array of shape %v holds no latents", shape)
	}
	return l, nil
}

// Between returns count latents at even distances on the straight line from one latent to another, both included.
func (l *Latents) Between(from, to, count int) *Latents {
	between := &Latents{Count: count, Size: l.Size}
	for step := range count {
		share := float32(step) / float32(max(count-1, 1))
		for i, value := range l.Of(from) {
			between.Values = append(between.Values, (1-share)*value+share*l.Of(to)[i])
		}
	}
	return between
}

// Neighbour is another latent and its Euclidean distance.
type Neighbour struct {
	Index    int
	Distance float64
}

// Nearest returns the latents nearest to one of them, which is not among them, the nearest first; of equal distances the first in order.
func (l *Latents) Nearest(index, count int) []Neighbour {
	var all []Neighbour
	for other := range l.Count {
		if other == index {
			continue
		}
		sum := 0.0
		for i, value := range l.Of(index) {
			difference := float64(value) - float64(l.Of(other)[i])
			sum += difference * difference
		}
		all = append(all, Neighbour{other, math.Sqrt(sum)})
	}
	slices.SortStableFunc(all, func(a, b Neighbour) int {
		switch {
		case a.Distance < b.Distance:
			return -1
		case a.Distance > b.Distance:
			return 1
		}
		return 0
	})
	return all[:min(count, len(all))]
}

// Pictures are gray images of one size, one after the other, black 0 and white 1.
type Pictures struct {
	Count, Height, Width int
	Values               []float32
}

// Of is one of the images.
func (p *Pictures) Of(index int) []float32 {
	return p.Values[index*p.Height*p.Width : (index+1)*p.Height*p.Width]
}

// PicturesOf are the images of a set, which must have one size.
func PicturesOf(set *data.Set) (*Pictures, error) {
	first := set.Images[0]
	p := &Pictures{Count: len(set.Images), Height: first.Height, Width: first.Width}
	for _, image := range set.Images {
		if image.Height != first.Height || image.Width != first.Width {
			return nil, fmt.Errorf("%s has %d x %d pixels, and %s has %d x %d: latents of one array need images of one size; encode them apart",
				image.Name, image.Height, image.Width, first.Name, first.Height, first.Width)
		}
		for at := image.Offset; at < image.Offset+image.Height*image.Width; at++ {
			if set.Depth() == 16 {
				p.Values = append(p.Values, float32(set.Samples16[at])/65535)
			} else {
				p.Values = append(p.Values, float32(set.Samples8[at])/255)
			}
		}
	}
	return p, nil
}

// Encode returns the latents of images. Sigma, in units of 1/255 of white, is used by networks that take levels only. A network without a latent and
// a size that does not suit it are errors.
func (m *Model) Encode(images *Pictures, sigma float64) (*Latents, error) {
	values, size, err := m.denoiser.Encode(images.Values, images.Height, images.Width, sigma/255)
	if err != nil {
		return nil, err
	}
	return &Latents{Count: images.Count, Size: size, Values: values}, nil
}

// Decode returns the images of latents.
func (m *Model) Decode(latents *Latents) (*Pictures, error) {
	values, height, width, err := m.denoiser.Decode(latents.Values, latents.Size)
	if err != nil {
		return nil, err
	}
	return &Pictures{Count: latents.Count, Height: height, Width: width, Values: values}, nil
}
