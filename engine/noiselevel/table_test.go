package noiselevel

import (
	"flag"
	"math"
	"testing"

	"tweedie/engine/data"
	"tweedie/engine/noise"
	"tweedie/engine/random"
)

var images = flag.String("images", "", "`folder` of clean images for a table: go test ./engine/noiselevel -run Table -v -timeout 1h -images bsd68")

// TestTable prints how far estimates are from the noise that was added to the images of a folder, clipped and rounded to 8 bits.
func TestTable(t *testing.T) {
	if *images == "" {
		t.Skip("-images names no folder of clean images")
	}
	set, err := data.Load([]string{*images}, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, sigma := range []float64{5, 10, 15, 25, 50} {
		mean, square, worst, within, covered := 0.0, 0.0, 0.0, 0, 0
		for number := range set.Images {
			e, err := Of([]Image{noisyImage(set, number, fixed(t, "gaussian", map[string]float64{"sigma": sigma}))}, Gaussian, true)
			if err != nil {
				t.Fatal(set.Images[number].Name, err)
			}
			got, standardError := e.Sigma()
			relative := 255*got/sigma - 1
			mean += relative / float64(len(set.Images))
			square += relative * relative / float64(len(set.Images))
			worst = max(worst, math.Abs(relative))
			if math.Abs(relative) <= 0.05 {
				within++
			}
			if math.Abs(relative) <= 2*standardError/got+0.02 {
				covered++
			}
		}
		t.Logf("| %g | %+.1f %% | %.1f %% | %.1f %% | %d of %d | %d |", sigma, 100*mean, 100*math.Sqrt(square), 100*worst, within, len(set.Images), covered)
	}
	for _, peak := range []float64{30, 300} {
		var errors [2][]float64
		for number := range set.Images {
			given := fixed(t, "poisson-gaussian", map[string]float64{"peak": peak, "sigma": 10})
			e, err := Of([]Image{noisyImage(set, number, given)}, PoissonGaussian, true)
			if err != nil {
				t.Fatal(set.Images[number].Name, err)
			}
			// What counts is the variance at mid-gray, and how it is split.
			errors[0] = append(errors[0], math.Sqrt((e.Constant+e.Slope/2)/(100./255/255+0.5/peak))-1)
			errors[1] = append(errors[1], e.Slope*peak-1)
		}
		var squares [2]float64
		for k := range squares {
			for _, relative := range errors[k] {
				squares[k] += relative * relative / float64(len(errors[k]))
			}
		}
		t.Logf("| peak %g, sigma 10 | deviation at mid-gray %.1f %%, 1/peak %.1f %% (root mean squares) |", peak, 100*math.Sqrt(squares[0]), 100*math.Sqrt(squares[1]))
	}
}

// noisyImage is an image of a set with noise, as a file of 8 bits holds it.
func noisyImage(set *data.Set, number int, given noise.Fixed) Image {
	of := set.Images[number]
	clean, noisy := make([]float32, of.Height*of.Width), make([]float32, of.Height*of.Width)
	for i, sample := range set.EightBit(number) {
		clean[i] = float32(sample) / 255
	}
	given.Apply(noisy, clean, &noise.Words{Seed: 1, Stream: random.Noise, Sample: uint32(number)})
	for i, value := range noisy {
		noisy[i] = float32(math.Round(255*math.Min(math.Max(float64(value), 0), 1)) / 255)
	}
	return Image{Samples: noisy, Height: of.Height, Width: of.Width}
}
