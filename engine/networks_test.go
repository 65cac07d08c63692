package engine

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"tweedie/engine/checkpoint"
	"tweedie/engine/device"
	"tweedie/engine/program"
	"tweedie/engine/train"
)

// recordedNetwork is what scripts/record/networks.py says of a file of weights.
type recordedNetwork struct {
	Name                           string
	Sigma                          []float32
	Height, Width                  int
	Clean, Noisy, Denoised, Latent []float32
	Gradients                      map[string][]float64
}

// TestNetworksAreThoseOfPyTorch: weights that PyTorch wrote are recognised, and what the networks answer, their latents, and the gradients of the objective
// that is trained are PyTorch's. The record is float64 of float32 weights and images; answers are read as float32.
func TestNetworksAreThoseOfPyTorch(t *testing.T) {
	folder := filepath.Join("testdata", "networks")
	text, err := os.ReadFile(filepath.Join(folder, "record.json"))
	if err != nil {
		t.Fatal(err)
	}
	var record struct{ Networks map[string]recordedNetwork }
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	if len(record.Networks) != 6 {
		t.Fatalf("the record holds %d networks", len(record.Networks))
	}
	d, err := OpenDevice("reference", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for file, want := range record.Networks {
		t.Run(file, func(t *testing.T) {
			path := filepath.Join(folder, file+".safetensors")
			model, err := Open(path, d)
			if err != nil {
				t.Fatal(err)
			}
			defer model.Close()
			if name, _ := model.Network(); name != want.Name {
				t.Errorf("%s is taken for %s", want.Name, name)
			}
			pixels := want.Height * want.Width
			for i, sigma := range want.Sigma {
				noisy := want.Noisy[i*pixels : (i+1)*pixels]
				denoised, err := model.denoiser.Image(noisy, want.Height, want.Width, float64(sigma))
				if err != nil {
					t.Fatal(err)
				}
				near(t, "the answer", denoised, want.Denoised[i*pixels:(i+1)*pixels])
				if elements := len(want.Latent) / len(want.Sigma); elements > 0 {
					latents, err := model.Encode(&Pictures{1, want.Height, want.Width, noisy}, 255*float64(sigma))
					if err != nil {
						t.Fatal(err)
					}
					near(t, "the latent", latents.Values, want.Latent[i*elements:(i+1)*elements])
				}
			}
			checkGradientsRecorded(t, d, model, path, want)
		})
	}
}

// near compares values that are read as float32.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%s has %d elements, not %d", what, len(got), len(want))
	}
	for i := range want {
		if difference := math.Abs(float64(got[i]) - float64(want[i])); !(difference <= 4*0x1p-24*math.Abs(float64(want[i]))+1e-8) {
			t.Fatalf("element %d of %s is %v, PyTorch has %v", i, what, got[i], want[i])
		}
	}
}

// checkGradientsRecorded runs one update: the first moment is then a tenth of the gradient.
func checkGradientsRecorded(t *testing.T, d device.Device, model *Model, path string, want recordedNetwork) {
	t.Helper()
	image := func(name string) program.Tensor {
		return program.Tensor{Name: name, Shape: []int{len(want.Sigma), want.Height, want.Width, 1}, Role: program.Input}
	}
	levels := program.Tensor{Name: "levels", Shape: []int{len(want.Sigma)}, Role: program.Input}
	n := model.denoiser.Network()
	update := train.Update{Network: n, Noisy: image("noisy"), Levels: levels, Clean: image("clean")}
	operations, err := update.Operations()
	if err != nil {
		t.Fatal(err)
	}
	state, err := d.NewState(append(update.Stored(), update.Noisy, update.Levels, update.Clean))
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	content, err := checkpoint.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, values any) {
		if err := state.Write(name, values); err != nil {
			t.Fatal(err)
		}
	}
	for _, tensor := range content.Tensors {
		write("weight/"+tensor.Name, tensor.Data)
	}
	write("noisy", want.Noisy)
	write("clean", want.Clean)
	write("levels", want.Sigma)
	executable, err := d.Compile(&program.Program{Name: "update", Operations: operations}, state, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	defer executable.Close()
	if err := executable.Run(program.Scalars{}); err != nil {
		t.Fatal(err)
	}
	if len(want.Gradients) != len(n.Parameters) {
		t.Errorf("PyTorch has %d gradients of %d parameters", len(want.Gradients), len(n.Parameters))
	}
	for name, gradient := range want.Gradients {
		moment := make([]float64, len(gradient))
		if err := state.Read("first_moment/"+name, moment); err != nil {
			t.Fatal(err)
		}
		for i := range gradient {
			// Float32 levels and images of nine digits leave 1e-6 of the largest terms.
			if !(math.Abs(10*moment[i]-gradient[i]) <= 1e-6*(math.Abs(gradient[i])+1)) {
				t.Fatalf("the gradient of %s[%d] is %v, PyTorch has %v", name, i, 10*moment[i], gradient[i])
			}
		}
	}
}
