package report

import (
	"errors"
	"image"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tweedie/engine/uncertainty"
)

// ReliabilityPlot draws the root mean square errors of the deciles of predicted variance over what was predicted, of 255, on logarithmic axes, with the line on which
// both are the same and the bounds around it.
func ReliabilityPlot(title string, c uncertainty.Calibration) (image.Image, error) {
	var points plotter.XYs
	low, high := math.Inf(1), math.Inf(-1)
	for _, bin := range c.Deciles {
		if !(bin.Predicted > 0) || !(bin.Observed > 0) {
			return nil, errors.New("a decile has no error or no predicted one: there is nothing to draw")
		}
		point := plotter.XY{X: math.Log10(255 * bin.Predicted), Y: math.Log10(255 * bin.Observed)}
		low, high = min(low, point.X), max(high, point.X)
		points = append(points, point)
	}
	if len(points) == 0 {
		return nil, errors.New("a calibration without deciles: there is nothing to draw")
	}
	line := func(ratio float64) plotter.XYs { // of the variances
		return plotter.XYs{{X: low, Y: low + math.Log10(ratio)/2}, {X: high, Y: high + math.Log10(ratio)/2}}
	}
	dashed := draw.LineStyle{Color: orange, Width: vg.Points(1.2), Dashes: []vg.Length{vg.Points(5), vg.Points(3)}}
	p := newPlot(title, "predicted error (root mean square of a decile, of 255)", "error that was made")
	err := errors.Join(
		addLine(p, line(1), "the same", draw.LineStyle{Color: otherGray, Width: vg.Points(2)}),
		addLine(p, line(0.8), "variance within 0.8 and 1.25", dashed),
		addLine(p, line(1.25), "", dashed),
		addMarkedLine(p, points, "network", blue),
	)
	p.X.Tick.Marker, p.Y.Tick.Marker = logTicks{}, logTicks{}
	p.Legend.Left = true
	widen(p, 0.05, 0.02)
	return stack(p), err
}
