package report

import (
	"image"
	"image/color"
	"testing"

	"gonum.org/v1/plot/plotter"
)

// TestLatentMapColoursClasses: a class has its colour in the plane and in the legend, the mosaic is on the right, and without classes there is one colour and no legend.
func TestLatentMapColoursClasses(t *testing.T) {
	m := LatentMap{
		Title: "map", Low: plotter.XY{X: -1, Y: -1}, High: plotter.XY{X: 1, Y: 1}, Points: plotter.XYs{{X: -0.5, Y: 0.5}, {X: 0.5, Y: -0.5}}, Labels: []int{3, 8},
		Mosaic: solid(4, 4, color.Gray{77}),
	}
	is := func(c color.NRGBA) func(r, g, b uint8) bool {
		return func(r, g, b uint8) bool { return r == c.R && g == c.G && b == c.B }
	}
	drawn, err := m.Draw()
	if err != nil {
		t.Fatal(err)
	}
	all := drawn.Bounds()
	legend, right := image.Rect(0, 0, 60, all.Max.Y), image.Rect(all.Max.X-mapSide, 0, all.Max.X, all.Max.Y)
	for position := range 2 {
		if there, inLegend := count(drawn, all, is(classColours[position])), count(drawn, legend, is(classColours[position])); inLegend == 0 || there <= inLegend {
			t.Errorf("class %d has %d pixels, %d in the legend", position, there, inLegend)
		}
	}
	if n := count(drawn, right, gray(77)); n < mapSide*mapSide/2 {
		t.Errorf("the mosaic has %d pixels", n)
	}
	m.Labels = nil
	if drawn, err = m.Draw(); err != nil {
		t.Fatal(err)
	}
	if count(drawn, all, is(blue)) == 0 || count(drawn, legend, notWhite) != 0 {
		t.Error("without classes there is a legend, or no point")
	}
}

// TestSingularPlotAndBelow: each spectrum has its colour, none and too many are errors, and a picture below another leaves both whole.
func TestSingularPlotAndBelow(t *testing.T) {
	drawn, err := SingularPlot("values", []Spectrum{{"one", []float64{1, 0.5, 0.1}}, {"two", []float64{0.8, 0.2, 0}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []color.NRGBA{blue, orange} {
		if count(drawn, drawn.Bounds(), func(r, g, b uint8) bool { return r == c.R && g == c.G && b == c.B }) < 50 {
			t.Errorf("there is no line of colour %v", c)
		}
	}
	for _, bad := range [][]Spectrum{nil, make([]Spectrum, 4)} {
		if _, err := SingularPlot("values", bad); err == nil {
			t.Errorf("%d spectra: no error", len(bad))
		}
	}
	both := Below(solid(30, 10, color.Gray{1}), solid(10, 20, color.Gray{2}))
	if size := both.Bounds().Size(); size != image.Pt(30, 30) || count(both, both.Bounds(), gray(1)) != 300 || count(both, image.Rect(10, 10, 20, 30), gray(2)) != 200 {
		t.Errorf("below each other they are %v", size)
	}
}
