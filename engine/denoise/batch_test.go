package denoise_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"tweedie/engine/denoise"
	"tweedie/engine/device/cpu"
	"tweedie/engine/network"
)

func opened(t *testing.T, description network.Description) *denoise.Denoiser {
	t.Helper()
	n, err := description.Network()
	if err != nil {
		t.Fatal(err)
	}
	d, err := cpu.New(cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	weights := map[string][]float32{}
	for i, parameter := range n.Parameters {
		weights[parameter.Name] = n.Initial(3, i)
	}
	denoiser, err := denoise.New(d, n, weights)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := denoiser.Close(); err != nil {
			t.Error(err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return denoiser
}

// TestBatchIsImageByImage compares a batch, its last part not full, with images denoised one by one, at sizes that must be extended.
func TestBatchIsImageByImage(t *testing.T) {
	for _, test := range []struct {
		description   network.Description
		height, width int
	}{
		{network.Description{Name: "unet4x6b1", NoiseMap: true}, 11, 13},
		{network.Description{Name: "dncnn3x5"}, 7, 9},
		{network.Description{Name: "mlp1x2-16x16", NoiseMap: true, SigmaData: 0.5}, 1, 2},
	} {
		denoiser := opened(t, test.description)
		batch, err := denoiser.Batch(3, test.height, test.width)
		if err != nil {
			t.Fatal(err)
		}
		size := test.height * test.width
		noisy := make([]float32, 7*size)
		random := rand.New(rand.NewPCG(1, 1))
		for i := range noisy {
			noisy[i] = float32(random.NormFloat64())
		}
		together, err := batch.Denoise(noisy, 0.2)
		if err != nil {
			t.Fatal(err)
		}
		if len(together) != len(noisy) {
			t.Fatalf("%d values for %d", len(together), len(noisy))
		}
		for n := range 7 {
			alone, err := denoiser.Image(noisy[n*size:(n+1)*size], test.height, test.width, 0.2)
			if err != nil {
				t.Fatal(err)
			}
			for i := range alone {
				if difference := math.Abs(float64(alone[i] - together[n*size+i])); !(difference <= 1e-5) {
					t.Fatalf("%s: image %d, pixel %d: %v alone, %v in a batch", test.description.Name, n, i, alone[i], together[n*size+i])
				}
			}
		}
		if err := batch.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestProductIsADifference compares Jacobian-vector products with central differences of a smooth network.
func TestProductIsADifference(t *testing.T) {
	batch, err := opened(t, network.Description{Name: "mlp3x4-16x16", NoiseMap: true, SigmaData: 0.5}).Batch(2, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Close()
	random := rand.New(rand.NewPCG(2, 1))
	noisy, direction, up, down := make([]float32, 36), make([]float32, 36), make([]float32, 36), make([]float32, 36)
	const h = 1. / 64
	for i := range noisy {
		noisy[i], direction[i] = float32(random.NormFloat64()), float32(random.NormFloat64())
		up[i], down[i] = noisy[i]+h*direction[i], noisy[i]-h*direction[i]
	}
	denoised, products, err := batch.Product(noisy, direction, 0.3)
	if err != nil {
		t.Fatal(err)
	}
	plain, _ := batch.Denoise(noisy, 0.3)
	above, _ := batch.Denoise(up, 0.3)
	below, _ := batch.Denoise(down, 0.3)
	for i := range products {
		if plain[i] != denoised[i] {
			t.Errorf("value %d: %v with its tangent, %v without", i, denoised[i], plain[i])
		}
		difference := float64(above[i]-below[i]) / (2 * h)
		if !(math.Abs(float64(products[i])-difference) <= 1e-3*(1+math.Abs(difference))) {
			t.Errorf("value %d moves by %v, by differences %v", i, products[i], difference)
		}
	}
}

func TestMistakesInABatch(t *testing.T) {
	denoiser := opened(t, network.Description{Name: "mlp1x2-4"})
	for _, shape := range [][3]int{{0, 1, 2}, {1, 0, 2}, {1, 2, 1}} {
		if _, err := denoiser.Batch(shape[0], shape[1], shape[2]); err == nil {
			t.Errorf("%v: no error", shape)
		}
	}
	batch, err := denoiser.Batch(1, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Close()
	if _, err := batch.Denoise(make([]float32, 3), 0); err == nil {
		t.Error("half an image: no error")
	}
	if _, _, err := batch.Product(make([]float32, 4), make([]float32, 2), 0); err == nil {
		t.Error("a direction for half the images: no error")
	}
}
