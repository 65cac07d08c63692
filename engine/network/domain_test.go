package network

import (
	"math"
	"testing"

	"tweedie/engine/program"
)

// TestDomainsThatThereAreNot are refused, and so is preconditioning in one.
func TestDomainsThatThereAreNot(t *testing.T) {
	for _, d := range []Domain{{"cube", 1}, {Linear, 0}, {Log, 0}, {Anscombe, -1}, {Log, float32(math.NaN())}} {
		if _, err := (Description{Name: "dncnn3x4", Domain: d}).Network(); err == nil {
			t.Errorf("the domain %v passes", d)
		}
	}
	if _, err := (Description{Name: "dncnn3x4", Domain: Domain{Log, 1}, SigmaData: 1}).Network(); err == nil {
		t.Error("a domain and preconditioning pass")
	}
}

// TestNetworkWorksInItsDomain: the curve comes first, its inverse last, and what the network subtracts from is the image in the domain.
func TestNetworkWorksInItsDomain(t *testing.T) {
	noisy := program.Tensor{Name: "noisy", Shape: []int{1, 8, 8, 1}}
	for _, name := range []string{"dncnn3x4", "unet4x6b1"} {
		n, err := Description{Name: name, NoiseMap: true, Domain: Domain{Log, 0.5}}.Network()
		if err != nil {
			t.Fatal(err)
		}
		operations, denoised := n.Forward(noisy, program.Tensor{Name: "levels", Shape: []int{1}}, "", program.Weight)
		last := len(operations) - 1
		first, inverse := operations[0].(program.Curve), operations[last].(program.Curve)
		tail := operations[last-1].(program.Convolution)
		if first.Input.Name != "noisy" || first.Inverse || !inverse.Inverse || first.Offset != 0.5 || inverse.Offset != 0.5 ||
			inverse.Output.Name != "denoised" || denoised.Name != "denoised" || inverse.Input.Name != tail.Output.Name ||
			tail.Residuals[0].Name != first.Output.Name || operations[1].(program.NoiseMap).Input.Name != first.Output.Name {
			t.Errorf("%s: %+v, ..., %+v, %+v", name, first, tail, inverse)
		}
	}
}
