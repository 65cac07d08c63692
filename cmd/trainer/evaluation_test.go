package main

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tweedie/engine/evaluate"
)

// TestEvaluationEqualsPyTorch compares the PSNR of each image with what PyTorch and NumPy measured for the same weights, one network written
// by this program and one by PyTorch (scripts/record/evaluation.py).
func TestEvaluationEqualsPyTorch(t *testing.T) {
	const tolerance = 0.001 // dB
	folder := filepath.Join("testdata", "evaluation")
	text, err := os.ReadFile(filepath.Join(folder, "record.json"))
	if err != nil {
		t.Fatal(err)
	}
	var record struct {
		PSNR map[string]map[string]float64 `json:"psnr"`
	}
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	if len(record.PSNR) != 2 {
		t.Fatalf("the record has %d networks", len(record.PSNR))
	}
	for model, want := range record.PSNR {
		for _, device := range []string{"cpu", "reference"} {
			t.Run(model+" on "+device, func(t *testing.T) {
				t.Parallel()
				command := exec.Command("trainer", "eval", "-json", "-model", filepath.Join(folder, model),
					"-data", filepath.Join(folder, "images"), "-sigma", "25", "-device", device)
				output, err := command.Output()
				if err != nil {
					t.Fatalf("%v: %s", err, err.(*exec.ExitError).Stderr)
				}
				var got evaluate.Result
				if err := json.Unmarshal(output, &got); err != nil {
					t.Fatalf("%v: %s", err, output)
				}
				if len(got.Images) != len(want) {
					t.Fatalf("%d images, want %d", len(got.Images), len(want))
				}
				psnr, ssim, mse, n := 0.0, 0.0, 0.0, float64(len(want))
				for _, image := range got.Images {
					if difference := math.Abs(float64(image.PSNR) - want[image.Name]); !(difference <= tolerance) {
						t.Errorf("%s: %v dB, PyTorch has %v", image.Name, image.PSNR, want[image.Name])
					}
					psnr, ssim, mse = psnr+float64(image.PSNR)/n, ssim+image.SSIM/n, mse+image.MSE/n
				}
				for _, mean := range []struct {
					name      string
					got, want float64
				}{{"psnr", float64(got.PSNR), psnr}, {"ssim", got.SSIM, ssim}, {"mse", got.MSE, mse}} {
					if !(math.Abs(mean.got-mean.want) <= 1e-9*math.Abs(mean.want)) {
						t.Errorf("%s is %v, the mean over the images %v", mean.name, mean.got, mean.want)
					}
				}
			})
		}
	}
}
