package config

import (
	"reflect"
	"strings"
	"testing"

	"tweedie/engine/network"
)

const listed = `[network]
name = "layers8x8"

[[network.layer]] # the first
kind = "convolution"
name = "head"
channels = 4
kernel = 1
activation = "silu"
bias = false
[[network.layer]]
kind = "dense"
channels = 3
latent = true

	[[network.layer]]
	kind = "reshape"
	from = "layers.1"
	height = 3
	width = 1
	channels = 1
[[network.layer]]
kind = "sum"
add = ["head", "noisy"]
[train]
steps = 1
`

// TestLayersAreRead with the lines of their tables, and survive the way through text in both forms.
func TestLayersAreRead(t *testing.T) {
	want := []network.Layer{
		{Kind: "convolution", Name: "head", Channels: 4, Kernel: 1, Activation: "silu", NoBias: true, At: "x.toml:4"},
		{Kind: "dense", Channels: 3, Latent: true, At: "x.toml:11"},
		{Kind: "reshape", From: "layers.1", Height: 3, Width: 1, Channels: 1, At: "x.toml:16"},
		{Kind: "sum", Add: []string{"head", "noisy"}, At: "x.toml:22"},
	}
	e, err := Parse("x.toml", []byte(listed))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(e.Network.Layer, want) {
		t.Errorf("read %+v, want %+v", e.Network.Layer, want)
	}
	again, err := Parse("y.toml", e.Encode())
	if err != nil {
		t.Fatal(err)
	}
	alone, err := ParseNetwork("y.toml", e.Network.Encode())
	if err != nil {
		t.Fatal(err)
	}
	for _, layers := range [][]network.Layer{again.Network.Layer, alone.Layer} {
		for i := range layers {
			if layers[i].At = want[i].At; !reflect.DeepEqual(layers[i], want[i]) {
				t.Errorf("layer %d came back as %+v, want %+v", i, layers[i], want[i])
			}
		}
	}
	inline := "[train]\nsteps = 1\n[network]\nlayer = [\n  {kind = \"sum\"},\n\n  {kind = \"up\", channels = 2}, {kind = \"down\"}\n]\n"
	if e, err = Parse("x.toml", []byte(inline)); err != nil {
		t.Fatal(err)
	}
	for i, at := range []string{"x.toml:5", "x.toml:7", "x.toml:7"} {
		if got := e.Network.Layer[i].At; got != at {
			t.Errorf("layer %d stands at %s, want %s", i, got, at)
		}
	}
}

// TestLayersAreRefused: each mistake in a table is an error at that table's line.
func TestLayersAreRefused(t *testing.T) {
	for change, want := range map[string]string{
		"kind = \"dense\"|kind = \"dens\"":                  `x.toml:11: network.layer 2: kind = "dens": want "convolution", "down", "up", "dense", "reshape" or "sum"; did you mean "dense"?`,
		"kind = \"dense\"\n|":                               "x.toml:11: network.layer 2: it has no kind",
		"latent = true|latnet = true":                       `x.toml:11: network.layer 2: unknown key "latnet" of a layer; did you mean "latent"?`,
		"kernel = 1|kernel = 2":                             "x.toml:4: network.layer 1: kernel = 2: want 1 or 3",
		"channels = 3|channels = 0":                         "x.toml:11: network.layer 2: channels = 0: want an integer from 1 to 65536",
		"name = \"head\"|name = \"the head\"":               `x.toml:4: network.layer 1: name = "the head": want the name of a layer`,
		"add = [\"head\", \"noisy\"]|add = [1]":             "x.toml:22: network.layer 4: add = [1]: want the name of an earlier layer, or a list of two",
		"[network]\nname = \"layers8x8\"|network.layer = 1": "x.toml:1: network.layer = 1: want tables [[network.layer]]",
	} {
		old, changed, _ := strings.Cut(change, "|")
		text := strings.Replace(listed, old, changed, 1)
		if strings.HasPrefix(changed, "network.") {
			text = changed + "\n[train]\nsteps = 1\n"
		}
		if _, err := Parse("x.toml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q gives\n%v, want\n%s", changed, err, want)
		}
	}
}
