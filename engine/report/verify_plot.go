package report

import (
	"errors"
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tweedie/engine/score"
)

// VerificationPlot draws what a verification found over the noise level: the network's mean squared error beside the best possible, its gap to it with the bound, and
// the score's error with its bound where there is one. What is not a number is left out.
func VerificationPlot(title, level string, findings []score.Finding, mostGap, mostScoreError float64) (image.Image, error) {
	if len(findings) == 0 {
		return nil, errors.New("a verification without findings: there is nothing to plot")
	}
	var best, reached, gaps, errs plotter.XYs
	low, high := math.Inf(1), math.Inf(-1)
	for _, f := range findings {
		x := math.Log10(f.Sigma)
		low, high = min(low, x), max(high, x)
		best = append(best, plotter.XY{X: x, Y: math.Log10(f.BayesMSE)})
		reached = append(reached, plotter.XY{X: x, Y: math.Log10(f.BayesMSE + f.Excess)})
		gaps = append(gaps, plotter.XY{X: x, Y: f.Gap})
		if !math.IsNaN(f.ScoreError) {
			errs = append(errs, plotter.XY{X: x, Y: 100 * f.ScoreError})
		}
	}
	line := func(y float64) plotter.XYs { return plotter.XYs{{X: low, Y: y}, {X: high, Y: y}} }
	dashed := draw.LineStyle{Color: orange, Width: vg.Points(1.4), Dashes: []vg.Length{vg.Points(5), vg.Points(3)}}
	above := newPlot(title, "", "mean squared error")
	middle, below := newPlot("", level, "gap (dB)"), newPlot("", level, "score error (%)")
	err := errors.Join(
		addLine(above, best, "best possible (Bayes)", draw.LineStyle{Color: otherGray, Width: vg.Points(3)}),
		addMarkedLine(above, reached, "network", blue),
		addMarkedLine(middle, gaps, "network", blue),
		addLine(middle, line(mostGap), "bound", dashed),
	)
	above.Y.Tick.Marker = logTicks{}
	above.Legend.Left = true
	panels := []*plot.Plot{above, middle}
	if len(errs) > 0 {
		err = errors.Join(err, addMarkedLine(below, errs, "network", blue), addLine(below, line(100*mostScoreError), "bound", dashed))
		middle.X.Label.Text = ""
		panels = append(panels, below)
	}
	for i, panel := range panels {
		panel.X.Tick.Marker = logTicks{}
		if i > 0 {
			panel.Y.Min = 0
			panel.Y.Max *= 1.25 // for the legend
		}
	}
	return stack(panels...), err
}
