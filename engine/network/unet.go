package network

import (
	"fmt"
	"regexp"

	"tweedie/engine/program"
)

var unetName = regexp.MustCompile(`^unet((?:\d+x)*\d+)?(?:b(\d+))?$`)

const maximumLevels = 8

// leastPadding is DRUNet's: with fewer levels, images are still extended to multiples of 8, so that results near the border are the same.
const leastPadding = 8

// parseUNet reads unetCHANNELSxCHANNELS...bBLOCKS: a bias-free U-Net (Ronneberger, Fischer & Brox 2015) with DRUNet's wiring (Zhang et
// al. 2021): residual blocks, then a strided 2x2 convolution down; a transposed 2x2 one up, then residual blocks; each skip is
// added before its way up, and the head's before the tail. The tail's result is subtracted from the input. Without biases the
// network is homogeneous of degree one (Mohan et al. 2020).
func parseUNet(name string) (*Network, bool, error) {
	match := unetName.FindStringSubmatch(name)
	if match == nil {
		return nil, false, nil
	}
	channels, blocks := []int{32, 64, 128, 256}, 2
	if match[1] != "" {
		var err error
		if channels, err = numbers(match[1], "channels", maximumLevels); err != nil {
			return nil, false, err
		}
	}
	if match[2] != "" {
		var err error
		if blocks, err = number(match[2], "residual blocks a level", 1, maximumDepth); err != nil {
			return nil, false, err
		}
	}
	u := unet{channels, blocks}
	multiple := 1 << (len(channels) - 1)
	return &Network{Multiple: multiple, Padding: max(multiple, leastPadding), Radius: u.radius(), wire: u.wire}, true, nil
}

type unet struct {
	channels []int // of each level, full size first
	blocks   int   // residual blocks of each stage
}

// radius adds one pixel of its scale for each 3x3 convolution, and the distance from a pixel to the start of its coarsest one.
func (u unet) radius() int {
	bottom := len(u.channels) - 1
	radius := 2 + 2*u.blocks<<bottom // head and tail, body
	for level := range bottom {
		radius += 4 * u.blocks << level // encoder and decoder
	}
	return radius + 1<<bottom - 1
}

func (u unet) wire(b *builder, input program.Tensor) program.Tensor {
	bottom := len(u.channels) - 1
	features := b.append(program.Convolution{
		Input: input, Weight: b.weight("head.weight", 1, u.channels[0], input.Shape[3], 3, 3), Output: b.temporary("head", input, 1, u.channels[0]),
	})
	skips := []program.Tensor{features}
	for level := range bottom {
		features = u.stage(b, fmt.Sprintf("enc.%d", level), features, nil)
		name := fmt.Sprintf("down.%d", level)
		features = b.append(program.Convolution{
			Input: features, Weight: b.weight(name+".weight", 1, u.channels[level+1], u.channels[level], 2, 2),
			Output: b.temporary(name, features, 2, u.channels[level+1]),
		})
		skips = append(skips, features)
	}
	features = u.stage(b, "body", features, &skips[bottom])
	for level := bottom - 1; level >= 0; level-- {
		name := fmt.Sprintf("up.%d", level)
		up := b.temporary(name, input, 1<<level, u.channels[level])
		features = b.append(program.TransposedConvolution{
			Input: features, Weight: b.weight(name+".weight", 1, u.channels[level+1], u.channels[level], 2, 2), Output: up,
		})
		features = u.stage(b, fmt.Sprintf("dec.%d", level), features, &skips[level])
	}
	return b.append(program.Convolution{
		Input: features, Weight: b.weight("tail.weight", quietStart, 1, u.channels[0], 3, 3),
		Residuals: b.residuals, Negate: true, Output: b.answer,
	})
}

// stage appends residual blocks, x + b(relu(a(x))), and adds the skip to the last one's result.
func (u unet) stage(b *builder, name string, features program.Tensor, skip *program.Tensor) program.Tensor {
	channels := features.Shape[3]
	for block := range u.blocks {
		residuals := []program.Tensor{features}
		if skip != nil && block == u.blocks-1 {
			residuals = append(residuals, *skip)
		}
		first, second := fmt.Sprintf("%s.%d.a", name, block), fmt.Sprintf("%s.%d.b", name, block)
		hidden := b.append(program.Convolution{
			Input: features, Weight: b.weight(first+".weight", 1, channels, channels, 3, 3), ReLU: true, Output: b.temporary(first, features, 1, channels),
		})
		features = b.append(program.Convolution{
			Input: hidden, Weight: b.weight(second+".weight", quietStart, channels, channels, 3, 3), Residuals: residuals,
			Output: b.temporary(second, features, 1, channels),
		})
	}
	return features
}
