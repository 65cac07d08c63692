package report

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Arrows are vectors at points of the plane, all of one colour.
type Arrows struct {
	Name     string
	From, To plotter.XYs
	wide     bool
	colour   color.Color
}

// Plane is a square piece of the plane with a density, shown from white to blue, and what is drawn over it: arrows, paths, points.
type Plane struct {
	Title     string
	Low, High float64 // of both axes
	Density   func(x, y float64) float64
	First     Arrows      // wide and orange
	Second    Arrows      // narrow and dark, over the first
	Outline   plotter.XYs // an orange line, or orange dots if Dotted
	Dotted    bool
	Paths     []plotter.XYs // dark lines, a dot at the end of each
	Circles   []plotter.XYs // closed thin gray lines
	Shapes    []plotter.XYs // closed dark lines, filled
	Points    plotter.XYs   // small dots
	Note      string        // below the plot
}

const (
	planeSide  = 620 // pixels
	planeCells = 200
)

// Planes draws pieces of the plane beside each other.
func Planes(planes ...Plane) (image.Image, error) { return PlaneRows(planes) }

// PlaneRows draws pieces of the plane in rows, which have the same number of them.
func PlaneRows(rows ...[]Plane) (image.Image, error) {
	const inch = 120
	columns := len(rows[0])
	width, height := vg.Length(planeSide*columns)*vg.Inch/inch, vg.Length(planeSide*len(rows))*vg.Inch/inch
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(inch), vgimg.UseBackgroundColor(color.White))
	plots := make([][]*plot.Plot, len(rows))
	for j, row := range rows {
		for _, plane := range row {
			drawn, err := plane.plot()
			if err != nil {
				return nil, err
			}
			plots[j] = append(plots[j], drawn)
		}
	}
	tiles := draw.Tiles{
		Rows: len(rows), Cols: columns, PadTop: vg.Points(8), PadBottom: vg.Points(8), PadLeft: vg.Points(8), PadRight: vg.Points(12), PadX: vg.Points(14), PadY: vg.Points(10),
	}
	for j, row := range plot.Align(plots, tiles, draw.New(canvas)) {
		for i, canvas := range row {
			plots[j][i].Draw(canvas)
		}
	}
	return canvas.Image(), nil
}

func (p Plane) plot() (*plot.Plot, error) {
	panel := newPlot(p.Title, p.Note, "")
	panel.Y.Label.Text = " " // as high as the note is, so that the plane stays square
	panel.X.Label.TextStyle.Font.Size = 9
	if p.Density != nil {
		panel.Add(plotter.NewImage(p.shade(), p.Low, p.Low, p.High, p.High))
	}
	if err := p.addOutline(panel); err != nil {
		return nil, err
	}
	p.First.wide, p.First.colour = true, orange
	p.Second.colour = ink
	for _, arrows := range []Arrows{p.First, p.Second} {
		if len(arrows.From) > 0 {
			panel.Add(arrows)
			panel.Legend.Add(arrows.Name, arrows)
		}
	}
	for _, path := range p.Paths {
		if err := addLine(panel, path, "", draw.LineStyle{Color: color.NRGBA{0x30, 0x30, 0x30, 0xa0}, Width: vg.Points(0.8)}); err != nil {
			return nil, err
		}
		if err := addDots(panel, path[:1], color.NRGBA{0x80, 0x80, 0x80, 0xff}, 1.6); err != nil {
			return nil, err
		}
		if err := addDots(panel, path[len(path)-1:], orange, 2.4); err != nil {
			return nil, err
		}
	}
	if err := p.addShapes(panel); err != nil {
		return nil, err
	}
	if len(p.Points) > 0 {
		if err := addDots(panel, p.Points, color.NRGBA{0x20, 0x20, 0x20, 0x90}, 1.1); err != nil {
			return nil, err
		}
	}
	panel.X.Min, panel.X.Max, panel.Y.Min, panel.Y.Max = p.Low, p.High, p.Low, p.High
	return panel, nil
}

func (p Plane) addOutline(panel *plot.Plot) error {
	switch {
	case len(p.Outline) == 0:
		return nil
	case p.Dotted:
		return addDots(panel, p.Outline, orange, 3)
	}
	return addLine(panel, p.Outline, "", draw.LineStyle{Color: orange, Width: vg.Points(1.6)})
}

func (p Plane) addShapes(panel *plot.Plot) error {
	add := func(outline plotter.XYs, line, fill color.Color) error {
		shape, err := plotter.NewPolygon(outline)
		if err != nil {
			return err
		}
		shape.LineStyle, shape.Color = draw.LineStyle{Color: line, Width: vg.Points(0.8)}, fill
		panel.Add(shape)
		return nil
	}
	for _, outline := range p.Circles {
		if err := add(outline, color.NRGBA{0x80, 0x80, 0x80, 0xc0}, nil); err != nil {
			return err
		}
	}
	for _, outline := range p.Shapes {
		if err := add(outline, ink, color.NRGBA{0x30, 0x30, 0x30, 0x60}); err != nil {
			return err
		}
	}
	return nil
}

func addDots(panel *plot.Plot, points plotter.XYs, colour color.Color, radius float64) error {
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	dots.GlyphStyle = draw.GlyphStyle{Color: colour, Radius: vg.Points(radius), Shape: draw.CircleGlyph{}}
	panel.Add(dots)
	return nil
}

// shade is the density from white to blue, by its root so that thin parts are seen.
func (p Plane) shade() image.Image {
	values, largest := make([]float64, planeCells*planeCells), 0.0
	for i := range values {
		x := p.Low + (p.High-p.Low)*(float64(i%planeCells)+0.5)/planeCells
		y := p.High - (p.High-p.Low)*(float64(i/planeCells)+0.5)/planeCells
		values[i] = p.Density(x, y)
		largest = max(largest, values[i])
	}
	shaded := image.NewNRGBA(image.Rect(0, 0, planeCells, planeCells))
	for i, value := range values {
		share := 0.85 * math.Sqrt(value/largest)
		mix := func(full uint8) uint8 { return uint8(255 - share*float64(255-full)) }
		shaded.SetNRGBA(i%planeCells, i/planeCells, color.NRGBA{mix(blue.R), mix(blue.G), mix(blue.B), 255})
	}
	return shaded
}

// Plot implements plot.Plotter.
func (a Arrows) Plot(canvas draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&canvas)
	for i := range a.From {
		a.draw(canvas, vg.Point{X: toX(a.From[i].X), Y: toY(a.From[i].Y)}, vg.Point{X: toX(a.To[i].X), Y: toY(a.To[i].Y)})
	}
}

// Thumbnail implements plot.Thumbnailer.
func (a Arrows) Thumbnail(canvas *draw.Canvas) {
	middle := (canvas.Min.Y + canvas.Max.Y) / 2
	a.draw(*canvas, vg.Point{X: canvas.Min.X, Y: middle}, vg.Point{X: canvas.Max.X, Y: middle})
}

func (a Arrows) draw(canvas draw.Canvas, from, to vg.Point) {
	style := draw.LineStyle{Color: a.colour, Width: vg.Points(0.8)}
	if a.wide {
		style.Width = vg.Points(2.6)
	}
	dx, dy := float64(to.X-from.X), float64(to.Y-from.Y)
	length := math.Hypot(dx, dy)
	if length < 0.3 {
		return
	}
	canvas.StrokeLine2(style, from.X, from.Y, to.X, to.Y)
	head := math.Min(length/2, 4)
	for _, turn := range []float64{2.6, -2.6} {
		sin, cos := math.Sincos(turn)
		canvas.StrokeLine2(style, to.X, to.Y, to.X+vg.Length(head*(dx*cos-dy*sin)/length), to.Y+vg.Length(head*(dx*sin+dy*cos)/length))
	}
}
