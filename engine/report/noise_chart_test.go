package report

import (
	"math"
	"testing"

	"tweedie/engine/noise"
	"tweedie/engine/random"
)

// ramp is an image that has every intensity equally often.
func ramp(width, height int) []float32 {
	clean := make([]float32, width*height)
	for i := range clean {
		clean[i] = (float32(i%width) + 0.5) / float32(width)
	}
	return clean
}

// TestNoiseChartHasARowForEachModel: as wide as three images and two plots, as high as a row for each model.
func TestNoiseChartHasARowForEachModel(t *testing.T) {
	chart, err := NoiseChart(ramp(160, 120), 160, 120, 1)
	if err != nil {
		t.Fatal(err)
	}
	size := chart.Bounds().Size()
	if size.X < 3*160+2*chartWidth || size.X > 3*160+2*chartWidth+200 || size.Y < len(noise.Models())*chartHeight {
		t.Errorf("the chart has %v pixels", size)
	}
	if _, err := NoiseChart(ramp(4, 4), 4, 5, 1); err == nil {
		t.Error("an image without its last row gives no error")
	}
	if _, err := NoiseChart(ramp(2, 2), 2, 2, 1); err != nil {
		t.Errorf("an image of 4 pixels: %v", err)
	}
}

// TestNoiseStatistics: the variance of photon counting rises with the mean, that of speckle with its square; the histogram has an area of 1 and the noise's variance.
func TestNoiseStatistics(t *testing.T) {
	const width, height = 512, 256
	clean := ramp(width, height)
	noisy := make([]float32, len(clean))
	for name, law := range map[string]func(mean float64) float64{
		"gaussian": func(float64) float64 { return math.Pow(25./255, 2) },
		"poisson":  func(mean float64) float64 { return mean / 30 },
		"speckle":  func(mean float64) float64 { return (mean*mean + 1./3/1024) / 4 }, // and the spread of x in a sixteenth
	} {
		given, err := noise.Fix(name, map[string]float64{})
		if err != nil {
			t.Fatal(err)
		}
		given.Apply(noisy, clean, &noise.Words{Seed: 1, Stream: random.Noise})
		points := noiseVariance(noisy, clean)
		if len(points) != chartVariances {
			t.Fatalf("%s: %d points", name, len(points))
		}
		for _, point := range points {
			// The variance of 8192 pixels has a standard error of sqrt((kurtosis-1)/8192), 2 % of the most skewed noise here.
			if !(math.Abs(point.Y/law(point.X)-1) < 0.1) {
				t.Errorf("%s: at a mean of %v the variance is %v, want %v", name, point.X, point.Y, law(point.X))
			}
		}
		if name == "speckle" { // much of it lies beyond the histogram
			continue
		}
		area, square := 0.0, 0.0
		for _, point := range noiseHistogram(noisy, clean) {
			area += point.Y * 2 / chartBins
			square += point.X * point.X * point.Y * 2 / chartBins
		}
		want := rootMeanSquare(noisy, clean) * rootMeanSquare(noisy, clean)
		if !(math.Abs(area-1) < 1e-4) || !(math.Abs(square/want-1) < 0.02) {
			t.Errorf("%s: the histogram has area %v and variance %v, want 1 and %v", name, area, square, want)
		}
	}
}
