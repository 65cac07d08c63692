package network

import (
	"fmt"
	"regexp"

	"tweedie/engine/program"
)

var resnetName = regexp.MustCompile(`^resnet(\d+)b(\d+)$`)

// parseResNet reads resnetCHANNELSbBLOCKS, a residual network at full resolution with activations before the convolutions (He et al. 2016b) and no
// normalisation: 3x3 convolutions with biases, x + conv2(silu(conv1(silu(x)))) for each block. It is smooth, so that its score has derivatives.
//
//	D(y) = y - f(y),  parameters conv_in.weight, conv_in.bias, blocks.0.conv1.weight, ..., conv_out.bias
func parseResNet(name string) (*Network, bool, error) {
	match := resnetName.FindStringSubmatch(name)
	if match == nil {
		return nil, false, nil
	}
	channels, err := number(match[1], "channels", 1, maximumChannels)
	if err != nil {
		return nil, false, err
	}
	blocks, err := number(match[2], "residual blocks", 1, maximumDepth)
	if err != nil {
		return nil, false, err
	}
	wire := func(b *builder, input program.Tensor) program.Tensor {
		convolved := func(name string, scale float64, from program.Tensor, residuals ...program.Tensor) program.Tensor {
			return b.append(b.product(name, 3, scale, from, b.temporary(name, input, 1, channels), residuals...))
		}
		features := convolved("conv_in", 1, input)
		for block := range blocks {
			name := fmt.Sprintf("blocks.%d.", block)
			hidden := convolved(name+"conv1", 1, b.silu(name+"silu1", features))
			features = convolved(name+"conv2", quietStart, b.silu(name+"silu2", hidden), features)
		}
		return b.subtracted("conv_out", 3, b.silu("silu_out", features))
	}
	return &Network{Multiple: 1, Padding: 1, Radius: 2 + 2*blocks, wire: wire}, true, nil
}
