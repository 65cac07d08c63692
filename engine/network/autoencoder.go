package network

import (
	"fmt"
	"regexp"

	"tweedie/engine/program"
)

var autoencoderName = regexp.MustCompile(`^autoencoder(?:(\d+)x(\d+)-)?(\d+(?:x\d+)*)([mv])(\d+)$`)

// autoencoder is a convolutional encoder, a latent map or vector, and a decoder, without a skip between the two (Vincent et al. 2008): whatever
// the decoder answers went through the latent.
type autoencoder struct {
	channels []int // of each level, full size first
	latent   int   // channels of the map, or elements of the vector
	vector   bool
}

// parseAutoencoder reads autoencoderCHANNELSxCHANNELS...mN, whose latent is a map of N channels at the lowest level's size, for images of any size,
// and autoencoderHEIGHTxWIDTH-CHANNELSxCHANNELS...vN, whose latent is a vector of N elements, for images of that size.
//
// A level is a 3x3 convolution, between levels a strided 2x2 one leads down and a transposed one up; all but the last are followed by SiLU, and all
// but the transposed ones have biases. Parameters are encoder.0.weight, encoder.0.bias, ..., latent.weight, expand.weight, decoder.0.weight, ... as in two
// nn.Sequential around latent and expand: 1x1 convolutions to a map and back, or nn.Linear to a vector and back, where the features are
// flattened channels last.
func parseAutoencoder(name string) (*Network, bool, error) {
	match := autoencoderName.FindStringSubmatch(name)
	if match == nil {
		return nil, false, nil
	}
	a := autoencoder{vector: match[4] == "v"}
	var err error
	if a.channels, err = numbers(match[3], "channels", maximumLevels); err != nil {
		return nil, false, err
	}
	if a.latent, err = number(match[5], "channels or elements of the latent", 1, maximumPixels); err != nil {
		return nil, false, err
	}
	multiple := 1 << (len(a.channels) - 1)
	n := &Network{Multiple: multiple, Padding: multiple, Radius: a.radius(), hasLatent: true, wire: a.wire}
	if a.vector != (match[1] != "") {
		return nil, false, fmt.Errorf("a latent vector (v) needs the size of the images, and a map (m) has none: write autoencoder28x28-32x64v16 or autoencoder32x64m8")
	}
	if a.vector {
		if n.Height, n.Width, err = imageSize(match[1], match[2]); err != nil {
			return nil, false, err
		}
		if n.Height%n.Multiple != 0 || n.Width%n.Multiple != 0 {
			return nil, false, fmt.Errorf("images of %dx%d are no multiples of %d, which %d levels need; use fewer levels, or cut the images",
				n.Height, n.Width, n.Multiple, len(a.channels))
		}
	}
	return n, true, nil
}

// radius adds one pixel of its scale for each 3x3 convolution, two a level, and the distance from a pixel to the start of its coarsest one.
func (a autoencoder) radius() int {
	radius := 1<<(len(a.channels)-1) - 1
	for level := range a.channels {
		radius += 2 << level
	}
	return radius
}

func (a autoencoder) wire(b *builder, input program.Tensor) program.Tensor {
	bottom, part, module := len(a.channels)-1, "encoder", 0
	next := func() string { // each product is followed by an activation
		module += 2
		return fmt.Sprintf("%s.%d", part, module-2)
	}
	convolved := func(features program.Tensor, level, kernel int) program.Tensor {
		name := next()
		output := b.temporary(name, input, 1<<level, a.channels[level])
		return b.silu(name+".silu", b.append(b.product(name, kernel, 1, features, output)))
	}
	features := convolved(input, 0, 3)
	for level := 1; level <= bottom; level++ {
		features = convolved(convolved(features, level, 2), level, 3)
	}
	features = a.throughLatent(b, features)
	part, module = "decoder", 0
	for level := bottom; level > 0; level-- {
		features = convolved(features, level, 3)
		name := next()
		features = b.silu(name+".silu", b.append(program.TransposedConvolution{
			Input: features, Weight: b.weight(name+".weight", 1, a.channels[level], a.channels[level-1], 2, 2),
			Output: b.temporary(name, input, 1<<(level-1), a.channels[level-1]),
		}))
	}
	return b.append(b.product(next(), 3, 1, features, b.answer))
}

// throughLatent appends what narrows the features to the latent and widens it again.
func (a autoencoder) throughLatent(b *builder, features program.Tensor) program.Tensor {
	height, width, channels, kernel := features.Shape[1], features.Shape[2], features.Shape[3], 1
	if a.vector {
		features, kernel = b.reshape("features", features, 1, 1, height*width*channels), dense
	}
	latent := b.append(b.product("latent", kernel, 1, features, b.latent(features, features.Shape[1], features.Shape[2], a.latent)))
	wide := b.silu("expand.silu", b.append(b.product("expand", kernel, 1, latent, b.temporary("expand", features, 1, features.Shape[3]))))
	if a.vector {
		return b.reshape("expanded", wide, height, width, channels)
	}
	return wide
}
