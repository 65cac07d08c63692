package engine

import (
	"strings"
	"testing"

	"tweedie/configs"
	"tweedie/engine/config"
)

// TestWitnessesAgree on networks of every architecture, by every loss, with noise maps, preconditioning and variance stabilisation, and on what twenty steps of training leave.
func TestWitnessesAgree(t *testing.T) {
	for _, keys := range []string{
		"network.name=dncnn2x1",
		"network.name=dncnn4x6 network.noise_map=true noise.sigma=[0,55] train.loss=l1 train.borders=1",
		"network.name=dncnn3x5 network.domain=anscombe noise.model=poisson",
		"network.name=unet3b1 network.domain=log noise.model=speckle",
		"network.name=unet4x6b2 network.noise_map=true network.sigma_data=0.4 noise.sigma=[0,55]",
		"network.name=unet3x4x5x6b1 network.sigma_data=0.4 train.loss=l1 train.borders=1",
		"network.name=resnet3b2",
		"network.name=resnet3b1 network.noise_map=true network.sigma_data=0.4 noise.sigma=[0,55]",
		"network.name=autoencoder3x4m2 train.borders=1",
		"network.name=autoencoder8x8-3x4v5 network.noise_map=true noise.sigma=[0,55]",
		"network.name=mlp8x8-5x7",
		"network.name=mlp1x2-5x7 network.noise_map=true network.sigma_data=0.4 train.upright=true train.patch=0",
		"network.name=mlp8x8-5x7 network.noise_map=true network.axes=true train.upright=true train.patch=0 noise.sigma=[5,55]",
		"network.name=mlp8x8-5x7 train.loss=sure",
		"network.name=autoencoder3x4m2 train.loss=sure noise.model=poisson-gaussian",
		"network.name=mlp8x8-6 network.noise_map=true network.sigma_data=0.4 train.loss=sure noise.sigma=[5,55]",
		"network.name=unet3x4b1 network.noise_map=true train.loss=sure noise.sigma=[5,55] train.borders=1",
		"network.name=dncnn3x4 train.loss=noise2noise",
		"network.name=mlp8x8-5 network.noise_map=true network.sigma_data=0.4 noise.sigma=[0,55]",
	} {
		t.Run(keys, func(t *testing.T) {
			experiment, err := config.Load("sigma25", configs.FS, append([]string{"train.patch=8"}, strings.Fields(keys)...))
			if err != nil {
				t.Fatal(err)
			}
			witnessesAgree(t, experiment)
		})
	}
}

// TestWitnessesAgreeOnComposedNetworks of every kind of layer and every activation.
func TestWitnessesAgreeOnComposedNetworks(t *testing.T) {
	const text = `
[network]
name = "layers8x8"
noise_map = true
[[network.layer]]
kind = "convolution"
name = "head"
channels = 3
activation = "silu"
[[network.layer]]
kind = "down"
channels = 4
activation = "relu"
[[network.layer]]
kind = "dense"
channels = 5
[[network.layer]]
kind = "dense"
channels = 64
activation = "silu"
[[network.layer]]
kind = "reshape"
height = 4
width = 4
channels = 4
[[network.layer]]
kind = "up"
channels = 3
name = "up"
[[network.layer]]
kind = "sum"
add = ["head"]
activation = "relu"
[[network.layer]]
kind = "convolution"
kernel = 1
channels = 1
bias = false
add = ["noisy"]
[train]
steps = 20
patch = 8
`
	experiment, err := config.Parse("layers.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	witnessesAgree(t, experiment)
}

func witnessesAgree(t *testing.T, experiment *config.Experiment) {
	t.Helper()
	d, err := OpenDevice("cpu", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	rows, err := CheckGradients(experiment, 20, d)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, row := range rows {
		kinds[row.Kind]++
		if row.Failed() {
			t.Errorf("%s %v: %v", row.Kind, row.Tensor, row.Distances)
		}
		if witnesses := map[bool]int{false: 2, true: 3}[row.Kind == "gradient"]; len(row.Distances) != witnesses {
			t.Errorf("%s %v has the witnesses %v", row.Kind, row.Tensor, row.Distances)
		}
	}
	if kinds["gradient"] == 0 || kinds["loss"] != 1 || kinds["20 steps"] != 5 || kinds["Convolution"] == 0 {
		t.Errorf("results are of the kinds %v", kinds)
	}
}
