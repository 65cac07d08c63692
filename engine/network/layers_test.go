package network

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/program"
)

// unetOfLayers is unet4x6b1 as its user would list it.
func unetOfLayers() []Layer {
	return []Layer{
		{Kind: ConvolutionKind, Name: "head", Channels: 4, NoBias: true},
		{Kind: ConvolutionKind, Name: "enc.0.0.a", Channels: 4, NoBias: true, Activation: "relu"},
		{Kind: ConvolutionKind, Name: "enc.0.0.b", Channels: 4, NoBias: true, Add: []string{"head"}},
		{Kind: DownKind, Name: "down.0", Channels: 6, NoBias: true},
		{Kind: ConvolutionKind, Name: "body.0.a", Channels: 6, NoBias: true, Activation: "relu"},
		{Kind: ConvolutionKind, Name: "body.0.b", Channels: 6, NoBias: true, Add: []string{"down.0", "down.0"}},
		{Kind: UpKind, Name: "up.0", Channels: 4},
		{Kind: ConvolutionKind, Name: "dec.0.0.a", Channels: 4, NoBias: true, Activation: "relu"},
		{Kind: ConvolutionKind, Name: "dec.0.0.b", Channels: 4, NoBias: true, Add: []string{"up.0", "head"}},
		{Kind: ConvolutionKind, Name: "tail", Channels: 1, NoBias: true, Add: []string{"noisy"}},
	}
}

// TestListedLayersMakeTheNetwork: a U-Net that its user lists has the parameters, wiring, multiple and radius of the one that is known by name, but for
// the sign of its last layer.
func TestListedLayersMakeTheNetwork(t *testing.T) {
	want, err := Parse("unet4x6b1", false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Description{Name: "layers", Layers: unetOfLayers()}.Network()
	if err != nil {
		t.Fatal(err)
	}
	if got.Multiple != want.Multiple || got.Radius != want.Radius {
		t.Errorf("multiple %d and radius %d, want %d and %d", got.Multiple, got.Radius, want.Multiple, want.Radius)
	}
	if !slices.EqualFunc(got.Parameters, want.Parameters, func(a, b Parameter) bool {
		return a.Name == b.Name && slices.Equal(a.Shape, b.Shape) && a.Deviation == b.Deviation
	}) {
		t.Errorf("the parameters are %v, want %v", got.Parameters, want.Parameters)
	}
	noisy := program.Tensor{Name: "noisy", Shape: []int{2, 8, 12, 1}, Role: program.Input}
	operations, denoised := got.Forward(noisy, program.Tensor{}, "", program.Weight)
	known, _ := want.Forward(noisy, program.Tensor{}, "", program.Weight)
	if len(operations) != len(known) || denoised.Name != "denoised" {
		t.Fatalf("%d operations to %v, want %d", len(operations), denoised, len(known))
	}
	names := func(tensors []program.Tensor) []string {
		var list []string
		for _, tensor := range tensors {
			list = append(list, strings.TrimPrefix(tensor.Name, layerPrefix))
		}
		return list
	}
	for i := range known {
		if !slices.Equal(names(operations[i].Reads()), names(known[i].Reads())) || !slices.Equal(names(operations[i].Writes()), names(known[i].Writes())) {
			t.Errorf("operation %d is %+v, want %+v", i, operations[i], known[i])
		}
	}
}

// TestLayersOfEveryKind: a network of one size with each kind and activation, a noise map and preconditioning, is a valid program whose shapes are those
// listed, and its latent divides it in two.
func TestLayersOfEveryKind(t *testing.T) {
	layers := []Layer{
		{Kind: ConvolutionKind, Channels: 3, Kernel: 1, Activation: "silu"},
		{Kind: DownKind, Channels: 5, Activation: "relu"},
		{Kind: SumKind, Activation: "silu", Name: "smooth"},
		{Kind: ConvolutionKind, Channels: 5},
		{Kind: SumKind, Add: []string{"smooth", "layers.1"}, Activation: "relu"},
		{Kind: DenseKind, Channels: 7, Latent: true},
		{Kind: DenseKind, Channels: 24, Activation: "silu"},
		{Kind: ReshapeKind, Height: 4, Width: 2, Channels: 3},
		{Kind: UpKind, Channels: 2, Activation: "relu"},
		{Kind: ConvolutionKind, Channels: 1, Kernel: 1},
	}
	n, err := Description{Name: "layers8x4", NoiseMap: true, Layers: layers}.Network()
	if err != nil {
		t.Fatal(err)
	}
	noisy := program.Tensor{Name: "noisy", Shape: []int{2, 8, 4, 1}, Role: program.Input}
	levels := program.Tensor{Name: "levels", Shape: []int{2}, Role: program.Input}
	check := func(what string, operations []program.Operation) {
		if err := (&program.Program{Name: what, Operations: operations}).Check(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	whole, _ := n.Forward(noisy, levels, "", program.Weight)
	check("forward", whole)
	encoder, latent := n.Encoder(noisy, levels, "", program.Weight)
	decoder, read, denoised := n.Decoder(2, 8, 4, "", program.Weight)
	check("encoder", encoder)
	check("decoder", decoder)
	if len(encoder)+len(decoder) != len(whole) || !slices.Equal(latent.Shape, []int{2, 1, 1, 7}) || read.Role != program.Input || denoised.Role != program.Recorded {
		t.Errorf("%d and %d operations of %d, by %v and %v to %v", len(encoder), len(decoder), len(whole), latent, read, denoised)
	}
	for i := range layers {
		layers[i].Latent = false
	}
	layers[len(layers)-1].Add = []string{"noisy"}
	if n, err = (Description{Name: "layers8x4", NoiseMap: true, SigmaData: 0.5, Layers: layers}.Network()); err != nil {
		t.Fatal(err)
	}
	whole, _ = n.Forward(noisy, levels, "", program.Weight)
	check("preconditioned", whole)
}

// TestLayersExplainWhatIsWrong: each mistake is an error of its layer.
func TestLayersExplainWhatIsWrong(t *testing.T) {
	head, tail := Layer{Kind: ConvolutionKind, Name: "head", Channels: 4, At: "first"}, Layer{Kind: ConvolutionKind, Channels: 1, At: "last"}
	convolution := func(channels int, from string, add ...string) Layer {
		return Layer{Kind: ConvolutionKind, Channels: channels, From: from, Add: add}
	}
	latent := func(l Layer) Layer { l.Latent = true; return l }
	for what, c := range map[string]struct {
		name   string
		layers []Layer
		want   string
	}{
		"a kind that is none":    {"layers", []Layer{{Kind: "pool", Channels: 3}, tail}, "there is no such kind"},
		"no channels":            {"layers", []Layer{{Kind: ConvolutionKind}, tail}, "channels = 32"},
		"a name given twice":     {"layers", []Layer{head, head, tail}, "the name is taken"},
		"an unknown name":        {"layers", []Layer{head, {Kind: SumKind, Add: []string{"haed"}}, tail}, `add names "haed", and no earlier layer has that name; there are input, noisy, head`},
		"a later name":           {"layers", []Layer{convolution(4, "layers.1"), tail}, "no earlier layer"},
		"other channels":         {"layers", []Layer{head, convolution(3, "", "head"), tail}, "its result has the image's size with 3 channels, and \"head\", which it adds, has the image's size with 4 channels"},
		"another size":           {"layers", []Layer{head, {Kind: DownKind, Channels: 4}, convolution(4, "", "head"), tail}, "1/2 of the image's size"},
		"an odd size":            {"layers6x6", []Layer{{Kind: DownKind, Channels: 4}, {Kind: DownKind, Channels: 4}, tail}, "3x3 with 4 channels, whose height"},
		"more than the image":    {"layers", []Layer{head, {Kind: UpKind, Channels: 4}, tail}, "more than the image has"},
		"dense at any size":      {"layers", []Layer{{Kind: DenseKind, Channels: 4}, tail}, "layers28x28"},
		"elements that differ":   {"layers4x4", []Layer{{Kind: ReshapeKind, Channels: 4, Height: 2, Width: 3}, tail}, "are not the 16 elements"},
		"a sum of nothing":       {"layers", []Layer{{Kind: SumKind}, tail}, "it does nothing"},
		"a last layer too small": {"layers", []Layer{head, {Kind: DownKind, Channels: 1}}, "the network's answer must have the image's size with 1 channel, but this last layer's has 1/2"},
		"a result unused":        {"layers", []Layer{head, convolution(3, "input"), convolution(1, "head")}, "no later layer reads its result"},
		"a way around":           {"layers", []Layer{head, latent(convolution(4, "")), convolution(1, "", "noisy")}, "lead around the latent"},
		"an end before it":       {"layers", []Layer{head, latent(convolution(4, "input")), tail}, "not read yet"},
		"a gate of other size":   {"layers", []Layer{head, {Kind: ConvolutionKind, Channels: 3, Gate: "head"}, tail}, "its gate \"head\" has the image's size with 4 channels"},
		"gate and activation":    {"layers", []Layer{head, {Kind: ConvolutionKind, Channels: 4, Gate: "head", Activation: "relu"}, tail}, "remove one of them"},
		"an unknown gate":        {"layers", []Layer{head, {Kind: ConvolutionKind, Channels: 4, Gate: "hat"}, tail}, "gate names \"hat\""},
		"three summands":         {"layers", []Layer{head, convolution(4, "", "head", "head", "head"), tail}, "at most 2"},
	} {
		_, err := Description{Name: c.name, Layers: c.layers}.Network()
		if mistake := (*LayerError)(nil); !errors.As(err, &mistake) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s gives %v, want a layer's error with %q", what, err, c.want)
		}
	}
	for name, layers := range map[string][]Layer{"layers": nil, "unet4b1": {tail}} {
		if _, err := (Description{Name: name, Layers: layers}.Network()); err == nil || !strings.Contains(err.Error(), "[[network.layer]]") {
			t.Errorf("%s with %d layers gives %v", name, len(layers), err)
		}
	}
}
