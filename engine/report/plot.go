package report

import (
	"image"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

const (
	plotWidth  = 8 * vg.Inch
	plotHeight = 3 * vg.Inch // of one panel
	plotDPI    = 144
)

// Blue and orange are told apart by every kind of colour vision (Okabe & Ito 2008).
var (
	blue      = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	paleBlue  = color.NRGBA{0x9c, 0xcb, 0xe6, 0xff}
	orange    = color.NRGBA{0xd5, 0x5e, 0x00, 0xff}
	ink       = color.Gray{0x30}
	paleGray  = color.Gray{0xe4}
	otherGray = color.Gray{0x80}
)

// newPlot returns an empty panel in the house's style.
func newPlot(title, horizontal, vertical string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = color.White
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, horizontal, vertical
	p.Title.Padding = vg.Points(6)
	for _, style := range []struct {
		text *text.Style
		size vg.Length
	}{
		{&p.Title.TextStyle, 12}, {&p.X.Label.TextStyle, 11}, {&p.Y.Label.TextStyle, 11}, {&p.X.Tick.Label, 10}, {&p.Y.Tick.Label, 10}, {&p.Legend.TextStyle, 10},
	} {
		style.text.Font.Variant = "Sans"
		style.text.Font.Size = style.size
		style.text.Color = ink
	}
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = ink, ink
		axis.Label.Padding = vg.Points(4)
		axis.Tick.Marker = linearTicks{}
	}
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(3)
	p.Legend.ThumbnailWidth = vg.Points(22)
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(-6), vg.Points(-4)
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = paleGray, paleGray
	p.Add(grid)
	return p
}

// addLine draws points, all of them finite, under a name in the legend.
func addLine(p *plot.Plot, points plotter.XYs, name string, style draw.LineStyle) error {
	line, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	line.LineStyle = style
	p.Add(line)
	if name != "" {
		p.Legend.Add(name, line)
	}
	return nil
}

// manyPoints is the number from which dots would run into each other.
const manyPoints = 60

// addMarkedLine is addLine with a dot at each point unless there are many.
func addMarkedLine(p *plot.Plot, points plotter.XYs, name string, colour color.Color) error {
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.LineStyle = draw.LineStyle{Color: colour, Width: vg.Points(1.6)}
	dots.GlyphStyle = draw.GlyphStyle{Color: colour, Radius: vg.Points(2.6), Shape: draw.CircleGlyph{}}
	p.Add(line)
	key := []plot.Thumbnailer{line}
	if len(points) <= manyPoints {
		p.Add(dots)
		key = append(key, dots)
	}
	if name != "" {
		p.Legend.Add(name, key...)
	}
	return nil
}

// widen gives the values on the vertical axis room: a share of their range, and at least least, on both sides.
func widen(p *plot.Plot, share, least float64) {
	room := max(share*(p.Y.Max-p.Y.Min), least)
	p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
}

// stack draws panels below each other, their axes aligned.
func stack(panels ...*plot.Plot) image.Image {
	canvas := vgimg.NewWith(vgimg.UseWH(plotWidth, plotHeight*vg.Length(len(panels))), vgimg.UseDPI(plotDPI), vgimg.UseBackgroundColor(color.White))
	rows := make([][]*plot.Plot, len(panels))
	for i, p := range panels {
		rows[i] = []*plot.Plot{p}
	}
	tiles := draw.Tiles{Rows: len(panels), Cols: 1, PadTop: vg.Points(12), PadBottom: vg.Points(10), PadLeft: vg.Points(10), PadRight: vg.Points(18), PadY: vg.Points(14)}
	for i, row := range plot.Align(rows, tiles, draw.New(canvas)) {
		panels[i].Draw(row[0])
	}
	return canvas.Image()
}
