package report

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"tweedie/engine/noise"
	"tweedie/engine/random"
)

const (
	chartBins      = 81 // of the histogram, over [-1, 1]
	chartVariances = 16 // points of the variance, by the clean value
	chartWidth     = 300
	chartHeight    = 320 // pixels of a plot
)

// NoiseChart draws a row for every noise model: the image with noise of half the default strength, of it and of twice it, the histogram of the noise y - x,
// and its variance over the mean of y, pixels of about the same clean value together. Clean holds width x height intensities, from 0 (black) to 1 (white).
// What leaves that range is shown as the nearer of the two, and counted as it is.
func NoiseChart(clean []float32, width, height int, seed uint64) (image.Image, error) {
	if width <= 0 || height <= 0 || len(clean) != width*height {
		return nil, fmt.Errorf("%d intensities are no image of %d x %d", len(clean), width, height)
	}
	sheet := Sheet{
		Title:   "Noise models",
		Columns: []string{"half as strong", "default", "twice as strong", "histogram of y - x", "variance of y over its mean"},
		Note:    "y is the noisy value, x the clean one; of 1. Lines: pale blue is half as strong, blue the default, orange twice as strong.",
	}
	colours := []color.Color{paleBlue, blue, orange}
	for _, model := range noise.Models() {
		row := make([]Panel, 3)
		histogram, variance := newPlot("", "", ""), newPlot("", "", "")
		strengths := []float64{0.5, 1, 2}
		if len(model.Parameters) == 0 {
			strengths = []float64{1}
		}
		for _, strength := range strengths {
			given, err := noise.AtStrength(model, strength)
			if err != nil {
				return nil, err
			}
			noisy := make([]float32, len(clean))
			given.Apply(noisy, clean, &noise.Words{Seed: seed, Stream: random.Noise})
			column := 1 + int(math.Log2(strength))
			caption := model.Name
			if text := given.String(); text != "" {
				caption += ": " + text
			}
			row[column] = Panel{fitPanel(Gray(noisy, width, height)), caption}
			style := draw.LineStyle{Color: colours[column], Width: vg.Points(1.6)}
			if err := errors.Join(
				addLine(histogram, noiseHistogram(noisy, clean), "", style),
				addLine(variance, noiseVariance(noisy, clean), "", style),
			); err != nil {
				return nil, err
			}
		}
		row = append(row, Panel{small(histogram), "density"}, Panel{small(variance), "variance"})
		sheet.Rows = append(sheet.Rows, row)
	}
	return sheet.Draw()
}

// noiseHistogram is the density of y - x in chartBins equal bins of [-1, 1).
func noiseHistogram(noisy, clean []float32) plotter.XYs {
	points := make(plotter.XYs, chartBins)
	for i := range points {
		points[i].X = (2*float64(i)+1)/chartBins - 1
	}
	for i := range noisy {
		if bin := math.Floor((float64(noisy[i]-clean[i]) + 1) / 2 * chartBins); bin >= 0 && bin < chartBins {
			points[int(bin)].Y += chartBins / 2. / float64(len(noisy))
		}
	}
	return points
}

// noiseVariance is, for the pixels of each sixteenth of the clean range, the mean of y and the mean of (y - x)^2 less the square of that of y - x. Parts of fewer
// than 30 pixels are left out, but never all.
func noiseVariance(noisy, clean []float32) plotter.XYs {
	var counts, sums, errors, squares [chartVariances]float64
	for i, x := range clean {
		part := min(max(int(x*chartVariances), 0), chartVariances-1)
		difference := float64(noisy[i]) - float64(x)
		counts[part]++
		sums[part] += float64(noisy[i])
		errors[part] += difference
		squares[part] += difference * difference
	}
	var points plotter.XYs
	for least := 30.; len(points) == 0; least = 1 {
		for part, n := range counts {
			if n >= least {
				points = append(points, plotter.XY{X: sums[part] / n, Y: squares[part]/n - errors[part]*errors[part]/n/n})
			}
		}
	}
	return points
}

// small draws a plot in the size of a panel.
func small(p *plot.Plot) image.Image {
	const inch = 96
	canvas := vgimg.NewWith(vgimg.UseWH(chartWidth*vg.Inch/inch, chartHeight*vg.Inch/inch), vgimg.UseDPI(inch), vgimg.UseBackgroundColor(color.White))
	p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size = 8, 8
	p.Draw(draw.Crop(draw.New(canvas), 4, -8, 4, -8))
	return canvas.Image()
}
