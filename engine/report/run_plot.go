package report

import (
	"errors"
	"fmt"
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	plotPoints  = 1000 // of a curve at most: more cannot be seen
	maxDecibels = 1e4  // beyond it no axis has sensible marks
)

// RunPlot draws what a run's metrics hold: above, the training loss over steps on a logarithmic axis and its running mean; below, the validation PSNR.
// A panel without a value is left out. Values that no axis can show (NaN, infinite, a loss of 0 or less) are left out and counted in the panel's title.
func RunPlot(title string, training []Training, validation []Validation) (image.Image, error) {
	panels, err := runPanels(title, training, validation)
	if err != nil {
		return nil, err
	}
	return stack(panels...), nil
}

func runPanels(title string, training []Training, validation []Validation) ([]*plot.Plot, error) {
	last := 1.0
	var loss, psnr plotter.XYs
	for _, line := range training {
		last = max(last, float64(line.Step))
		if value := float64(line.Loss); value > 0 && value <= math.MaxFloat64 {
			loss = append(loss, plotter.XY{X: float64(line.Step), Y: value})
		}
	}
	for _, line := range validation {
		last = max(last, float64(line.Step))
		if value := float64(line.PSNR); math.Abs(value) <= maxDecibels {
			psnr = append(psnr, plotter.XY{X: float64(line.Step), Y: value})
		}
	}
	var panels []*plot.Plot
	if len(loss) > 0 {
		panel, err := lossPanel(title+leftOut(len(training)-len(loss)), loss)
		if err != nil {
			return nil, err
		}
		panels = append(panels, panel)
	}
	if len(psnr) > 0 {
		panel, err := psnrPanel(psnr, leftOut(len(validation)-len(psnr)))
		if err != nil {
			return nil, err
		}
		panels = append(panels, panel)
	}
	if len(panels) == 0 {
		return nil, errors.New("the metrics hold no loss and no PSNR that can be drawn: train some steps first")
	}
	for _, panel := range panels {
		panel.X.Min, panel.X.Max = 0, last
	}
	panels[len(panels)-1].X.Label.Text = "step"
	return panels, nil
}

// leftOut says how many values are not shown, "" for none.
func leftOut(count int) string {
	if count == 0 {
		return ""
	}
	return fmt.Sprintf(" (not shown: %d that cannot be drawn, as NaN)", count)
}

func lossPanel(title string, loss plotter.XYs) (*plot.Plot, error) {
	p := newPlot(title, "", "training loss")
	points := decimate(loss, plotPoints)
	batches, average := logarithms(points), logarithms(runningMean(points, len(points)/100))
	p.Y.Tick.Marker = logTicks{}
	if err := addLine(p, batches, "batches", draw.LineStyle{Color: paleBlue, Width: vg.Points(0.8)}); err != nil {
		return nil, err
	}
	if err := addMarkedLine(p, average, "running mean", blue); err != nil {
		return nil, err
	}
	widen(p, 0.05, math.Log10(1.05))
	return p, nil
}

// logarithms returns the decimal logarithms of values above 0.
func logarithms(points plotter.XYs) plotter.XYs {
	result := make(plotter.XYs, len(points))
	for i, point := range points {
		result[i] = plotter.XY{X: point.X, Y: math.Log10(point.Y)}
	}
	return result
}

func psnrPanel(psnr plotter.XYs, note string) (*plot.Plot, error) {
	best := psnr[0]
	for _, point := range psnr {
		if point.Y > best.Y {
			best = point
		}
	}
	final := psnr[len(psnr)-1]
	p := newPlot(fmt.Sprintf("validation: %.2f dB at step %.0f, best %.2f dB at step %.0f%s", final.Y, final.X, best.Y, best.X, note), "", "validation PSNR (dB)")
	if err := addMarkedLine(p, decimate(psnr, plotPoints), "", orange); err != nil {
		return nil, err
	}
	widen(p, 0.05, 0.05)
	return p, nil
}

// decimate returns at most most points: each is the mean of as many neighbours as its neighbours are, give or take one.
func decimate(points plotter.XYs, most int) plotter.XYs {
	if len(points) <= most {
		return points
	}
	fewer := make(plotter.XYs, most)
	for i := range fewer {
		fewer[i] = mean(points[i*len(points)/most : (i+1)*len(points)/most])
	}
	return fewer
}

// runningMean replaces each value by the mean of those up to reach points before and after it, fewer at the ends, evenly on both sides.
func runningMean(points plotter.XYs, reach int) plotter.XYs {
	smooth := make(plotter.XYs, len(points))
	for i := range points {
		r := min(reach, i, len(points)-1-i)
		smooth[i] = plotter.XY{X: points[i].X, Y: mean(points[i-r : i+r+1]).Y}
	}
	return smooth
}

func mean(points plotter.XYs) plotter.XY {
	var sum plotter.XY
	for _, point := range points {
		sum.X += point.X / float64(len(points))
		sum.Y += point.Y / float64(len(points))
	}
	return sum
}
