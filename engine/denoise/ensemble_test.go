package denoise_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"tweedie/engine/network"
)

// turned is an image after quarter turns, and mirrored first or not: written as turns, where the package exchanges rows and columns.
func turned(image []float32, height, width, quarters int, mirrored bool) (result []float32, rows, columns int) {
	result, rows, columns = append([]float32(nil), image...), height, width
	if mirrored {
		for y := range rows {
			for x := range columns {
				result[y*columns+x] = image[y*columns+columns-1-x]
			}
		}
	}
	for range quarters {
		next := make([]float32, len(result))
		for y := range rows {
			for x := range columns {
				next[x*rows+rows-1-y] = result[y*columns+x]
			}
		}
		result, rows, columns = next, columns, rows
	}
	return result, rows, columns
}

// TestEnsembleIsTheMeanOfEight compares with the mean of single answers to images that are turned and turned back here, and sees that the ensemble's answer
// turns with the image, as that of the network alone does not.
func TestEnsembleIsTheMeanOfEight(t *testing.T) {
	const height, width, tolerance = 11, 14, 2e-6
	denoiser := opened(t, network.Description{Name: "unet4x6b1"})
	noisy := make([]float32, height*width)
	random := rand.New(rand.NewPCG(5, 1))
	for i := range noisy {
		noisy[i] = float32(random.Float64())
	}
	answer := func(image []float32, rows, columns int) []float32 {
		t.Helper()
		denoised, err := denoiser.Image(image, rows, columns, 0)
		if err != nil {
			t.Fatal(err)
		}
		return denoised
	}
	mean := make([]float64, len(noisy))
	for quarters := range 4 {
		for _, mirrored := range []bool{false, true} {
			image, rows, columns := turned(noisy, height, width, quarters, mirrored)
			back, _, _ := turned(answer(image, rows, columns), rows, columns, (4-quarters)%4, false)
			back, _, _ = turned(back, height, width, 0, mirrored)
			for i, value := range back {
				mean[i] += float64(value) / 8
			}
		}
	}
	alone := answer(noisy, height, width)
	denoiser.Ensemble = true
	together := answer(noisy, height, width)
	differs := 0.
	for i, value := range together {
		if !(math.Abs(float64(value)-mean[i]) <= tolerance) {
			t.Fatalf("pixel %d: %v, the mean of eight answers is %v", i, value, mean[i])
		}
		differs = max(differs, math.Abs(float64(value-alone[i])))
	}
	if !(differs > 100*tolerance) {
		t.Errorf("one answer is within %v of the mean of eight: the test sees nothing", differs)
	}
	image, rows, columns := turned(noisy, height, width, 1, true)
	want, _, _ := turned(together, height, width, 1, true)
	for i, value := range answer(image, rows, columns) {
		if !(math.Abs(float64(value-want[i])) <= tolerance) {
			t.Fatalf("pixel %d of the turned image: %v, turned afterwards %v", i, value, want[i])
		}
	}
}
