package network

import (
	"slices"
	"strings"
	"testing"

	"tweedie/engine/program"
	"tweedie/engine/random"
)

// TestSkipsAreAddedAfterTheLastBlock: what each operation of a U-Net with two blocks a stage adds to its result, as in DRUNet's
// forward: body(x) + x, then up, decoder, and the encoder's input before the next way up or the tail.
func TestSkipsAreAddedAfterTheLastBlock(t *testing.T) {
	n, err := Parse("unet2x3x4b2", false)
	if err != nil {
		t.Fatal(err)
	}
	noisy := program.Tensor{Name: "noisy", Shape: []int{1, 8, 8, 1}}
	operations, _ := n.Forward(noisy, program.Tensor{}, "", program.Weight)
	want := map[string]string{
		"head": "", "enc.0.0.b": "head", "enc.0.1.b": "enc.0.0.b", "down.0": "", "enc.1.0.b": "down.0", "enc.1.1.b": "enc.1.0.b", "down.1": "",
		"body.0.b": "down.1", "body.1.b": "body.0.b down.1", "up.1": "", "dec.1.0.b": "up.1", "dec.1.1.b": "dec.1.0.b down.0",
		"up.0": "", "dec.0.0.b": "up.0", "dec.0.1.b": "dec.0.0.b head", "denoised": "noisy",
	}
	for _, operation := range operations {
		output := operation.Writes()[0].Name
		var added []string
		if convolution, ok := operation.(program.Convolution); ok {
			for _, residual := range convolution.Residuals {
				added = append(added, residual.Name)
			}
			rectified := strings.HasSuffix(output, ".a")
			if convolution.ReLU != rectified || convolution.Negate != (output == "denoised") {
				t.Errorf("%s: rectified %v, negated %v", output, convolution.ReLU, convolution.Negate)
			}
			if rectified {
				want[output] = ""
			}
		}
		if text, known := want[output]; !known || text != strings.Join(added, " ") {
			t.Errorf("%s adds %v, want %q", output, added, text)
		}
		delete(want, output)
	}
	if len(want) > 0 {
		t.Errorf("no operation writes %v", want)
	}
}

// TestInitialDrawsAreThoseOfTheStream Initialisation, each parameter and each element with its own counter.
func TestInitialDrawsAreThoseOfTheStream(t *testing.T) {
	n, err := Parse("dncnn3x5", false)
	if err != nil {
		t.Fatal(err)
	}
	for index, parameter := range n.Parameters {
		for i, value := range n.Initial(8, index) {
			normal := random.Normals(random.Words(8, random.Initialisation, 0, uint32(index), uint32(i/4)))[i%4]
			if want := float32(parameter.Deviation * normal); value != want {
				t.Fatalf("%s[%d] is %v, want %v", parameter.Name, i, value, want)
			}
		}
	}
}

// TestIdentifyRefusesOtherTensors: one too many, one too few, and shapes without dimensions.
func TestIdentifyRefusesOtherTensors(t *testing.T) {
	for _, name := range []string{"dncnn3x5", "unet4x6b2"} {
		n, err := Parse(name, false)
		if err != nil {
			t.Fatal(err)
		}
		for i, parameter := range n.Parameters {
			for what, shape := range map[string][]int{"scalar": {}, "vector": {7}, "absent": nil} {
				shapes := map[string][]int{}
				for _, other := range n.Parameters {
					shapes[other.Name] = slices.Clone(other.Shape)
				}
				if shapes[parameter.Name] = shape; shape == nil {
					delete(shapes, parameter.Name)
				}
				if found, err := Identify(shapes); err == nil {
					t.Errorf("%s with parameter %d (%s) %s is taken for %s", name, i, parameter.Name, what, found.Name)
				}
			}
		}
		shapes := map[string][]int{"running_mean": {5}}
		for _, parameter := range n.Parameters {
			shapes[parameter.Name] = parameter.Shape
		}
		if _, err := Identify(shapes); err == nil || !strings.Contains(err.Error(), "running_mean") {
			t.Errorf("%s with a tensor more gives %v", name, err)
		}
	}
}

// TestPaddingIsThatOfTheYardstick: PyTorch's evaluation extends images to multiples of 8 for U-Nets of up to four levels.
func TestPaddingIsThatOfTheYardstick(t *testing.T) {
	for name, want := range map[string][2]int{
		"dncnn3x4": {1, 1}, "unet4b1": {1, 8}, "unet4x4b1": {2, 8}, "unet4x4x4x4b1": {8, 8}, "unet4x4x4x4x4b1": {16, 16},
	} {
		n, err := Parse(name, false)
		if err != nil {
			t.Fatal(err)
		}
		if n.Multiple != want[0] || n.Padding != want[1] {
			t.Errorf("%s: multiple %d and padding %d, want %v", name, n.Multiple, n.Padding, want)
		}
	}
}
