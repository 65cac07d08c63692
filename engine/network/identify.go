package network

import (
	"fmt"
	"slices"
	"strings"
)

// Identify finds the network that has exactly the given parameters, by their names and shapes, so that weights written elsewhere need no
// description. A first convolution with two input channels means a noise map.
func Identify(shapes map[string][]int) (*Network, error) {
	name, first := "", ""
	switch {
	case shapes["conv_in.weight"] != nil:
		first = "conv_in.weight"
		blocks := 0
		for shapes[fmt.Sprintf("blocks.%d.conv1.weight", blocks)] != nil {
			blocks++
		}
		name = fmt.Sprintf("resnet%db%d", outputs(shapes[first]), blocks)
	case len(shapes["latent.weight"]) == 4:
		first = "encoder.0.weight"
		channels := []string{fmt.Sprint(outputs(shapes[first]))}
		for module := 4; shapes[fmt.Sprintf("encoder.%d.weight", module)] != nil; module += 4 {
			channels = append(channels, fmt.Sprint(outputs(shapes[fmt.Sprintf("encoder.%d.weight", module)])))
		}
		name = fmt.Sprintf("autoencoder%sm%d", strings.Join(channels, "x"), outputs(shapes["latent.weight"]))
	case shapes["head.weight"] != nil:
		first = "head.weight"
		channels := []string{fmt.Sprint(outputs(shapes[first]))}
		for level := 0; shapes[fmt.Sprintf("down.%d.weight", level)] != nil; level++ {
			channels = append(channels, fmt.Sprint(outputs(shapes[fmt.Sprintf("down.%d.weight", level)])))
		}
		blocks := 0
		for shapes[fmt.Sprintf("body.%d.a.weight", blocks)] != nil {
			blocks++
		}
		name = fmt.Sprintf("unet%sb%d", strings.Join(channels, "x"), blocks)
	case len(shapes["model.0.weight"]) == 4:
		first = "model.0.weight"
		depth := 0
		for shapes[fmt.Sprintf("model.%d.weight", 2*depth)] != nil {
			depth++
		}
		name = fmt.Sprintf("dncnn%dx%d", depth, outputs(shapes[first]))
	default:
		return nil, fmt.Errorf("the tensors are not those of a network that they tell alone (DnCNN, U-Net, ResNet, autoencoder with a map), and the file's metadata does not say " +
			"of which network they are: write the section [network] of the experiment there, under the name network")
	}
	n, err := Parse(name, len(shapes[first]) == 4 && shapes[first][1] == 2)
	if err != nil {
		return nil, err
	}
	return n, n.Fits(shapes)
}

// outputs is the number of output channels of a weight, 0 if its shape has no dimensions.
func outputs(shape []int) int {
	if len(shape) == 0 {
		return 0
	}
	return shape[0]
}

// withoutOnes leaves out ones at the end: a dense product (O, I) is a 1x1 convolution (O, I, 1, 1).
func withoutOnes(shape []int) []int {
	for len(shape) > 2 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	return shape
}

// Fits reports the first parameter that is missing, has another shape, or is not one of the network's.
func (n *Network) Fits(shapes map[string][]int) error {
	known := map[string]bool{}
	for _, parameter := range n.Parameters {
		known[parameter.Name] = true
		shape, found := shapes[parameter.Name]
		if !found {
			return fmt.Errorf("network %s needs the tensor %s, which is missing", n.Name, parameter.Name)
		}
		if !slices.Equal(withoutOnes(shape), withoutOnes(parameter.Shape)) {
			return fmt.Errorf("network %s needs %s as %v, but it is %v", n.Name, parameter.Name, parameter.Shape, shape)
		}
	}
	for name := range shapes {
		if !known[name] {
			return fmt.Errorf("network %s has no tensor %s", n.Name, name)
		}
	}
	return nil
}
