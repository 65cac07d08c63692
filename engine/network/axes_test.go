package network

import (
	"strings"
	"testing"

	"tweedie/engine/program"
)

// TestAxesAreNotTrained: the parameters of the axes are told apart from those that are.
func TestAxesAreNotTrained(t *testing.T) {
	n, err := Description{Name: "mlp2x3-4", NoiseMap: true, Axes: true}.Network()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tensor := range n.Trained("", program.Weight) {
		names = append(names, tensor.Name)
	}
	if got := strings.Join(names, " "); got != "model.0.weight model.0.bias model.2.weight model.2.bias" || len(n.Parameters) != len(names)+3 {
		t.Errorf("trained are %s of %v", got, n.Parameters)
	}
}

// TestAxesThatThereAreNot: of images of any size, of too large ones, around a latent, and together with what contradicts them.
func TestAxesThatThereAreNot(t *testing.T) {
	for _, c := range []struct {
		Description
		want string
	}{
		{Description{Name: "dncnn3x4", Axes: true}, "images of one size"},
		{Description{Name: "mlp40x40-4", Axes: true}, "at most 1024 pixels"},
		{Description{Name: "autoencoder8x8-3x4v5", Axes: true}, "no such skip"},
		{Description{Name: "mlp2x2-4", Axes: true, SigmaData: 0.5}, "leave one of them out"},
		{Description{Name: "mlp2x2-4", Axes: true, Domain: Domain{Log, 1}}, "leave them out"},
		{Description{Name: "layers2x2", Axes: true, Layers: []Layer{{Kind: DenseKind, Name: "axes", Channels: 4}}}, "the name is taken"},
	} {
		if _, err := c.Network(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v gives %v, want %q", c.Description, err, c.want)
		}
	}
}
