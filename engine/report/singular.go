package report

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
	"math"

	"gonum.org/v1/plot/plotter"
)

// Spectrum is the singular values of something, the largest first, with its name.
type Spectrum struct {
	Name   string
	Values []float64
}

// SingularPlot draws up to three spectra over the number of the value, on a logarithmic axis.
func SingularPlot(title string, spectra []Spectrum) (image.Image, error) {
	colours := []color.Color{blue, orange, ink}
	if len(spectra) == 0 || len(spectra) > len(colours) {
		return nil, errors.New("a plot of singular values shows one spectrum to three")
	}
	p := newPlot(title, "singular value, by its rank", "mean value")
	for k, s := range spectra {
		var points plotter.XYs
		for i, value := range s.Values {
			points = append(points, plotter.XY{X: math.Log10(float64(i + 1)), Y: value})
		}
		if err := addMarkedLine(p, points, s.Name, colours[k]); err != nil {
			return nil, err
		}
	}
	p.X.Tick.Marker = logTicks{}
	p.Y.Min = 0
	return stack(p), nil
}

// Below puts a second picture below the first, on white, the narrower one in the middle.
func Below(first, second image.Image) image.Image {
	a, b := first.Bounds().Size(), second.Bounds().Size()
	width := max(a.X, b.X)
	both := image.NewNRGBA(image.Rect(0, 0, width, a.Y+b.Y))
	draw.Draw(both, both.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(both, image.Rectangle{Max: a}.Add(image.Pt((width-a.X)/2, 0)), first, first.Bounds().Min, draw.Over)
	draw.Draw(both, image.Rectangle{Max: b}.Add(image.Pt((width-b.X)/2, a.Y)), second, second.Bounds().Min, draw.Over)
	return both
}
