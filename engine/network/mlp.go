package network

import (
	"fmt"
	"regexp"
	"strings"

	"tweedie/engine/program"
)

var mlpName = regexp.MustCompile(`^mlp(\d+)x(\d+)-(\d+(?:x\d+)*)$`)

// maximumPixels bounds what a dense product sees at once.
const maximumPixels = 1 << 16

// parseMLP reads mlpHEIGHTxWIDTH-UNITSxUNITS..., a multilayer perceptron on images of that size, row by row, with hidden layers of so many units: dense
// products with biases and SiLU between them, in PyTorch nn.Sequential(nn.Linear, nn.SiLU, nn.Linear, ...). The noise level is one more
// number behind the pixels. A point of the plane is an image of 1x2.
//
//	D(y) = y - f(y),  parameters model.0.weight, model.0.bias, model.2.weight, ...
func parseMLP(name string) (*Network, bool, error) {
	match := mlpName.FindStringSubmatch(name)
	if match == nil {
		return nil, false, nil
	}
	height, width, err := imageSize(match[1], match[2])
	if err != nil {
		return nil, false, err
	}
	units, err := numbers(match[3], "units", maximumDepth)
	if err != nil {
		return nil, false, err
	}
	wire := func(b *builder, input program.Tensor) program.Tensor {
		for layer, count := range units {
			name := fmt.Sprintf("model.%d", 2*layer) // an activation follows each product
			input = b.silu(name+".silu", b.append(b.product(name, dense, 1, input, b.temporary(name, input, 1, count))))
		}
		return b.subtracted(fmt.Sprintf("model.%d", 2*len(units)), dense, input)
	}
	return &Network{Height: height, Width: width, Multiple: 1, Padding: 1, Radius: max(height, width), flat: true, wire: wire}, true, nil
}

// imageSize parses the size of images that a network is made for.
func imageSize(height, width string) (h, w int, err error) {
	if h, err = number(height, "rows of an image", 1, maximumPixels); err != nil {
		return 0, 0, err
	}
	if w, err = number(width, "columns of an image", 1, maximumPixels); err != nil {
		return 0, 0, err
	}
	if h*w > maximumPixels {
		return 0, 0, fmt.Errorf("images of %dx%d pixels: at most %d are taken; use a convolutional network", h, w, maximumPixels)
	}
	return h, w, nil
}

// numbers parses the numbers of channels or units of at most so many levels, 32x64x128.
func numbers(text, what string, most int) ([]int, error) {
	var counts []int
	for _, part := range strings.Split(text, "x") {
		count, err := number(part, what, 1, maximumChannels)
		if err != nil {
			return nil, err
		}
		counts = append(counts, count)
	}
	if len(counts) > most {
		return nil, fmt.Errorf("%d levels: at most %d are known", len(counts), most)
	}
	return counts, nil
}
