package network

import (
	"fmt"
	"regexp"
	"strconv"

	"tweedie/engine/program"
)

var dncnnName = regexp.MustCompile(`^dncnn(?:(\d+)x(\d+))?(bn)?$`)

// parseDnCNN reads dncnnDEPTHxCHANNELS, the network of Zhang et al. (2017) with biases and without batch normalisation, as in the
// KAIR repository: 3x3 convolutions, rectified but for the last, whose result is subtracted from the input.
//
//	D(y) = y - f(y),  parameters model.0.weight, model.0.bias, model.2.weight, ...
func parseDnCNN(name string) (*Network, bool, error) {
	match := dncnnName.FindStringSubmatch(name)
	if match == nil {
		return nil, false, nil
	}
	if match[3] != "" {
		return nil, false, fmt.Errorf("there is no batch normalisation here; name it without bn")
	}
	depth, channels := 17, 64
	if match[1] != "" {
		var err error
		if depth, err = number(match[1], "layers", 2, maximumDepth); err != nil {
			return nil, false, err
		}
		if channels, err = number(match[2], "channels", 1, maximumChannels); err != nil {
			return nil, false, err
		}
	}
	wire := func(b *builder, input program.Tensor) program.Tensor {
		for layer := range depth - 1 {
			name := fmt.Sprintf("model.%d", 2*layer) // a rectifier follows each convolution in PyTorch's nn.Sequential
			rectified := b.product(name, 3, 1, input, b.temporary(name, input, 1, channels))
			rectified.ReLU = true
			input = b.append(rectified)
		}
		return b.subtracted(fmt.Sprintf("model.%d", 2*(depth-1)), 3, input)
	}
	return &Network{Multiple: 1, Padding: 1, Radius: depth, wire: wire}, true, nil
}

// number parses a decimal number of something within bounds.
func number(text, what string, least, most int) (int, error) {
	value, err := strconv.Atoi(text)
	if err != nil || value < least || value > most {
		return 0, fmt.Errorf("%s %s: the number must be between %d and %d", text, what, least, most)
	}
	return value, nil
}
