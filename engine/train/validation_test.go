package train

import (
	"fmt"
	"math"
	"testing"

	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/network"
	"tweedie/engine/program"
)

// TestValidationSeesTheWholeFolder: of 40 images every 2.5th is taken, four of them are shown, and the numbers below a picture are those of its samples.
func TestValidationSeesTheWholeFolder(t *testing.T) {
	n, err := network.Parse("unet2x2b1", false)
	if err != nil {
		t.Fatal(err)
	}
	v, err := newValidation(stripes(40, 3), n, config.Noise{Model: "gaussian", Sigma: config.Range{From: 25.5, To: 76.5}}, 7)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range v.names {
		if want := fmt.Sprint("stripe ", i*5/2); len(v.names) != 16 || name != want {
			t.Errorf("image %d of %d is %s, want %s", i, len(v.names), name, want)
		}
	}
	d := reference.New()
	averages := n.Tensors(AveragePrefix, program.Averaged)
	s, err := d.NewState(append(averages, v.stored...))
	if err != nil {
		t.Fatal(err)
	}
	for i, average := range averages {
		if err := s.Write(average.Name, n.Initial(1, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.write(s); err != nil {
		t.Fatal(err)
	}
	if v.executable, err = d.Compile(v.program, s, device.Plan{}); err != nil {
		t.Fatal(err)
	}
	_, samples, err := v.run(s)
	if err != nil || len(samples) != 4 {
		t.Fatalf("%d samples are shown (%v), want 4", len(samples), err)
	}
	for row, sample := range samples {
		noisy, denoised := -10*math.Log10(meanSquare(sample.Noisy, sample.Clean)), -10*math.Log10(meanSquare(sample.Denoised, sample.Clean))
		if !(math.Abs(sample.NoisyPSNR-noisy) <= 1e-4) || !(math.Abs(sample.DenoisedPSNR-denoised) <= 1e-4) || sample.Name != v.names[4*row] {
			t.Errorf("%s says %v and %v dB, its samples %v and %v", sample.Name, sample.NoisyPSNR, sample.DenoisedPSNR, noisy, denoised)
		}
		level := 0.1 + 0.2*(float64(4*row)+0.5)/16
		if deviation := math.Sqrt(meanSquare(sample.Noisy, sample.Clean)); !(math.Abs(deviation-level) <= 5*level/math.Sqrt(2*144)) {
			t.Errorf("%s has noise of deviation %v, want %v", sample.Name, deviation, level)
		}
	}
}
