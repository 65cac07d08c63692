package report

import (
	"fmt"
	"image"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// LatentMap is a plane of latents: on the left the images' points coloured by their class, on the right, in the same coordinates, the images that the plane decodes to.
type LatentMap struct {
	Title                string
	Horizontal, Vertical string // what the axes are
	Low, High            plotter.XY
	Points               plotter.XYs
	Labels               []int       // the class of each point; nil for none
	Way                  plotter.XYs // a walk
	Mosaic               image.Image
}

// classColours are told apart by most eyes, and ten of them suffice for digits; further classes begin anew.
var classColours = []color.NRGBA{
	{0x1f, 0x77, 0xb4, 0xff}, {0xff, 0x7f, 0x0e, 0xff}, {0x2c, 0xa0, 0x2c, 0xff}, {0xd6, 0x27, 0x28, 0xff}, {0x94, 0x67, 0xbd, 0xff},
	{0x8c, 0x56, 0x4b, 0xff}, {0xe3, 0x77, 0xc2, 0xff}, {0x7f, 0x7f, 0x7f, 0xff}, {0xbc, 0xbd, 0x22, 0xff}, {0x17, 0xbe, 0xcf, 0xff},
}

const mapSide = 690 // pixels of each half

// Draw draws it.
func (m LatentMap) Draw() (image.Image, error) {
	const inch = 120
	left, right := newPlot(m.Title, m.Horizontal, m.Vertical), newPlot("What its points decode to", m.Horizontal, "")
	if err := m.addPoints(left); err != nil {
		return nil, err
	}
	right.Add(plotter.NewImage(m.Mosaic, m.Low.X, m.Low.Y, m.High.X, m.High.Y))
	for i, panel := range []*plot.Plot{left, right} {
		if len(m.Way) > 0 {
			line := []color.Color{color.Black, orange}[i]
			if err := addLine(panel, m.Way, "", draw.LineStyle{Color: line, Width: vg.Points(1.6)}); err != nil {
				return nil, err
			}
			if err := addDots(panel, m.Way, line, 2.6); err != nil {
				return nil, err
			}
		}
		panel.X.Min, panel.X.Max, panel.Y.Min, panel.Y.Max = m.Low.X, m.High.X, m.Low.Y, m.High.Y
	}
	const legend = 70 // pixels
	canvas := vgimg.NewWith(vgimg.UseWH((2*mapSide+legend)*vg.Inch/inch, mapSide*vg.Inch/inch), vgimg.UseDPI(inch), vgimg.UseBackgroundColor(color.White))
	whole := draw.New(canvas)
	plots := draw.Crop(whole, legend*vg.Inch/inch, 0, 0, 0)
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadTop: vg.Points(8), PadBottom: vg.Points(8), PadLeft: vg.Points(8), PadRight: vg.Points(12), PadX: vg.Points(14)}
	for i, canvas := range plot.Align([][]*plot.Plot{{left, right}}, tiles, plots)[0] {
		[]*plot.Plot{left, right}[i].Draw(canvas)
	}
	m.drawLegend(draw.Crop(whole, 0, -2*mapSide*vg.Inch/inch, 0, -vg.Points(26)))
	return canvas.Image(), nil
}

func (m LatentMap) classes() []int { return slices.Compact(slices.Sorted(slices.Values(m.Labels))) }

func classColour(position int) color.NRGBA { return classColours[position%len(classColours)] }

func (m LatentMap) addPoints(panel *plot.Plot) error {
	if m.Labels == nil {
		return addDots(panel, m.Points, blue, 1.8)
	}
	for position, class := range m.classes() {
		var points plotter.XYs
		for n, label := range m.Labels {
			if label == class {
				points = append(points, m.Points[n])
			}
		}
		if err := addDots(panel, points, classColour(position), 1.8); err != nil {
			return err
		}
	}
	return nil
}

// drawLegend names the classes beside their colours, from the top down.
func (m LatentMap) drawLegend(canvas draw.Canvas) {
	style := text.Style{Color: ink, Font: newPlot("", "", "").Legend.TextStyle.Font, Handler: plot.DefaultTextHandler, YAlign: draw.YCenter}
	style.Font.Size = 11
	for position, class := range m.classes() {
		at := vg.Point{X: canvas.Min.X + vg.Points(14), Y: canvas.Max.Y - vg.Points(20+16*float64(position))}
		canvas.DrawGlyph(draw.GlyphStyle{Color: classColour(position), Radius: vg.Points(4), Shape: draw.CircleGlyph{}}, at)
		canvas.FillText(style, vg.Point{X: at.X + vg.Points(9), Y: at.Y}, fmt.Sprint(class))
	}
}
