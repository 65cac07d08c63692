package oracle

import (
	"fmt"
	"testing"

	"tweedie/engine/device/cpu"
	"tweedie/engine/network"
)

// TestGradientsOfEveryArchitecture: all witnesses agree on the result, the losses and the gradients of each kind of network, by all of its parameters, and the
// cpu device with them.
func TestGradientsOfEveryArchitecture(t *testing.T) {
	fast, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer fast.Close()
	for _, description := range []network.Description{
		{Name: "dncnn3x4", NoiseMap: true},
		{Name: "unet3x4b1"},
		{Name: "resnet3b1", NoiseMap: true, SigmaData: 0.5},
		{Name: "autoencoder3x4m2", NoiseMap: true},
		{Name: "autoencoder4x8-3x4v5"},
		{Name: "mlp4x8-7x5", NoiseMap: true, SigmaData: 0.5},
		{Name: "layers4x8", NoiseMap: true, Axes: true, Layers: []network.Layer{
			{Kind: network.DenseKind, Channels: 6, Name: "gates"},
			{Kind: network.DenseKind, Channels: 6, From: "input", Gate: "gates"},
			{Kind: network.DenseKind, Channels: 32},
		}},
		{Name: "layers4x8", NoiseMap: true, Layers: []network.Layer{
			{Kind: network.ConvolutionKind, Channels: 3, Kernel: 1, Activation: "silu"},
			{Kind: network.DownKind, Channels: 4, Activation: "relu"},
			{Kind: network.SumKind, Activation: "silu", Name: "smooth"},
			{Kind: network.SumKind, Add: []string{"layers.1"}, Activation: "relu"},
			{Kind: network.DenseKind, Channels: 6, NoBias: true},
			{Kind: network.DenseKind, Channels: 16, Activation: "silu"},
			{Kind: network.ReshapeKind, Height: 2, Width: 4, Channels: 2},
			{Kind: network.UpKind, Channels: 3, Activation: "relu", Add: []string{"layers.0"}},
			{Kind: network.ConvolutionKind, Channels: 1, Add: []string{"noisy"}},
		}},
	} {
		t.Run(fmt.Sprintf("%s,sigma=%v,axes=%v", description.Name, description.SigmaData, description.Axes), func(t *testing.T) {
			step, values := stepOf(t, description)
			rows, err := Check(step, values, fast)
			if err != nil {
				t.Fatal(err)
			}
			n, err := description.Network()
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) < len(n.Parameters)+2 {
				t.Errorf("%d results are compared, and there are %d parameters", len(rows), len(n.Parameters))
			}
			if failed := failures(rows); len(failed) > 0 {
				t.Errorf("contradicted are %q", failed)
			}
		})
	}
}
