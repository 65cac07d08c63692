package noiselevel

import (
	"fmt"
	"math"
	"testing"

	"tweedie/engine/data"
	"tweedie/engine/noise"
	"tweedie/engine/picture"
	"tweedie/engine/random"
)

// leaves is a picture of four synthetic images side by side, which have edges at all scales and texture, with a noise model's noise, in 8 bits.
func leaves(t *testing.T, seed uint64, given noise.Fixed) *picture.Picture {
	t.Helper()
	set, err := data.Load([]string{data.DeadLeaves}, data.Options{Patch: 64, Count: 4, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	height, width := set.Images[0].Height, 0
	for _, image := range set.Images {
		height, width = min(height, image.Height), width+image.Width
	}
	p, left := picture.New(width, height, 1, 8), 0
	for number, image := range set.Images {
		clean, noisy := make([]float32, height*image.Width), make([]float32, height*image.Width)
		for i := range clean {
			clean[i] = float32(set.Samples8[image.Offset+i]) / 255
		}
		given.Apply(noisy, clean, &noise.Words{Seed: seed, Stream: random.Noise, Sample: uint32(number)})
		for i, value := range noisy {
			p.Planes[0][i/image.Width*width+left+i%image.Width] = uint16(math.Round(255 * math.Min(math.Max(float64(value), 0), 1)))
		}
		left += image.Width
	}
	return p
}

func fixed(t *testing.T, model string, values map[string]float64) noise.Fixed {
	t.Helper()
	given, err := noise.Fix(model, values)
	if err != nil {
		t.Fatal(err)
	}
	return given
}

// TestSigmaWithinFivePercent: on synthetic images of 8 bits, from weak noise to strong, of which much is cut at black and white; and the error bar covers it at
// four of itself.
func TestSigmaWithinFivePercent(t *testing.T) {
	for _, sigma := range []float64{5, 10, 15, 25, 50} {
		for seed := range uint64(2) {
			e, _, err := Picture(leaves(t, seed+1, fixed(t, "gaussian", map[string]float64{"sigma": sigma})), Gaussian)
			if err != nil {
				t.Fatal(err)
			}
			got, standardError := e.Sigma()
			got, standardError = 255*got, 255*standardError
			t.Logf("sigma %v: %.3f +- %.3f from %d of %d", sigma, got, standardError, e.Chosen, e.Patches)
			if !(math.Abs(got-sigma) <= 0.05*sigma) || !(math.Abs(got-sigma) <= 4*standardError+0.02*sigma) || !(standardError <= 0.05*sigma) {
				t.Errorf("sigma %v is estimated as %.3f +- %.3f", sigma, got, standardError)
			}
		}
	}
}

// TestAutomaticFindsTheModel: Gaussian noise has no slope, photons have no constant part, and a camera has both, each within a tenth.
func TestAutomaticFindsTheModel(t *testing.T) {
	for _, c := range []struct {
		model       string
		values      map[string]float64
		kind        Kind
		sigma, peak float64
	}{
		{"gaussian", map[string]float64{"sigma": 20}, Gaussian, 20, 0},
		{"poisson", map[string]float64{"peak": 60}, Poisson, 0, 60},
		{"poisson-gaussian", map[string]float64{"peak": 60, "sigma": 12}, PoissonGaussian, 12, 60},
	} {
		e, channels, err := Picture(leaves(t, 3, fixed(t, c.model, c.values)), Automatic)
		if err != nil {
			t.Fatal(err)
		}
		sigma, peak := 0.0, 0.0
		if e.Constant > 0 {
			sigma, _ = e.Sigma()
		}
		if e.Slope > 0 {
			peak, _ = e.Peak()
		}
		t.Logf("%s: sigma %.3f, peak %.3f from %d of %d", c.model, 255*sigma, peak, e.Chosen, e.Patches)
		if e.Kind != c.kind || !(math.Abs(255*sigma-c.sigma) <= 0.1*c.sigma) || !(math.Abs(peak-c.peak) <= 0.1*c.peak) || len(channels) != 1 {
			t.Errorf("%s %v is estimated as %+v", c.model, c.values, e)
		}
	}
}

// TestClippedNoiseIsAllowedFor: flat images at all intensities, of which the darkest lie one deviation above the cut; without the allowance the estimate is
// far too small.
func TestClippedNoiseIsAllowedFor(t *testing.T) {
	const sigma = 30. / 255
	for _, x := range []float64{0.12, 0.25, 0.5, 0.9} {
		image := Image{Height: 128, Width: 128}
		for i := range 128 * 128 {
			value := x + sigma*random.Normals(random.Words(1, random.Noise, 0, 7, uint32(i/4)))[i%4]
			image.Samples = append(image.Samples, float32(math.Min(math.Max(value, 0), 1)))
		}
		e, err := Of([]Image{image}, Gaussian, true)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := e.Sigma(); !(math.Abs(got-sigma) <= 0.05*sigma) {
			t.Errorf("at intensity %v sigma %.4f is estimated as %.4f", x, sigma, got)
		}
		blind, err := Of([]Image{image}, Gaussian, false)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := blind.Sigma(); x == 0.12 && !(got < 0.9*sigma) {
			t.Errorf("clipping hardly matters at intensity %v (%.4f), so that this test shows nothing", x, got)
		}
	}
}

// TestClippingIsThatOfANormalVariable, by numerical integration.
func TestClippingIsThatOfANormalVariable(t *testing.T) {
	c := newClipping()
	for _, a := range []float64{-1, 0, 0.5, 1, 2, 3} {
		const step = 1e-3
		mean, square := 0.0, 0.0
		for z := -9.0; z < 9; z += step {
			weight := step * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
			cut := math.Max(a+z, 0)
			mean, square = mean+weight*cut, square+weight*cut*cut
		}
		if got, want := c.left(mean), square-mean*mean; !(math.Abs(got-want) <= 1e-3) {
			t.Errorf("%v deviations above the cut a variance of %v is left, %v in the table", a, want, got)
		}
	}
}

func TestImagesThatTellNothingAreErrors(t *testing.T) {
	black := make([]float32, 64*64)
	broken := append([]float32(nil), black...)
	broken[77] = float32(math.NaN())
	for name, image := range map[string]Image{"tiny": {black, 4, 4}, "small": {black, 8, 16}, "black": {black, 64, 64}, "broken": {broken, 64, 64}} {
		if e, err := Of([]Image{image}, Gaussian, true); err == nil {
			t.Errorf("%s: %s", name, fmt.Sprintf("%+v", e))
		}
	}
}
