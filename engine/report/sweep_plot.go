package report

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SweepPlot draws PSNR and SSIM over sigma. Beside the denoised images' PSNR stands that of the noisy ones, 20 log10(255/sigma), which Gaussian noise has
// before clipping.
func SweepPlot(title string, rows []SweepRow) (image.Image, error) {
	if len(rows) == 0 {
		return nil, errors.New("the sweep holds no run: there is nothing to plot")
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b SweepRow) int { return cmp.Compare(a.Sigma, b.Sigma) })
	var psnr, ssim, noisy plotter.XYs
	for _, row := range rows {
		if err := row.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", row.Run, err)
		}
		psnr = append(psnr, plotter.XY{X: row.Sigma, Y: row.PSNR})
		ssim = append(ssim, plotter.XY{X: row.Sigma, Y: row.SSIM})
	}
	low, high := rows[0].Sigma, rows[len(rows)-1].Sigma
	margin := 0.06*(high-low) + 1
	low, high = max(low-margin, low/2), high+margin
	for i := range 101 {
		sigma := low + (high-low)*float64(i)/100
		noisy = append(noisy, plotter.XY{X: sigma, Y: 20 * math.Log10(255/sigma)})
	}
	above, below := newPlot(title, "", "PSNR (dB)"), newPlot("", "sigma (of 255)", "SSIM")
	err := errors.Join(
		addMarkedLine(above, psnr, "denoised", blue),
		addLabels(above, psnr, "%.2f"),
		addLine(above, noisy, "noisy", draw.LineStyle{Color: otherGray, Width: vg.Points(1.4), Dashes: []vg.Length{vg.Points(5), vg.Points(3)}}),
		addMarkedLine(below, ssim, "", blue),
		addLabels(below, ssim, "%.4f"),
	)
	for _, panel := range []*plot.Plot{above, below} {
		panel.X.Min, panel.X.Max = low, high
		if len(rows) <= 12 {
			panel.X.Tick.Marker = sigmaTicks(rows)
		}
		widen(panel, 0.12, 0.005) // for the labels
	}
	return stack(above, below), err
}

// sigmaTicks marks the noise levels of the runs themselves.
func sigmaTicks(rows []SweepRow) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for _, row := range rows {
		ticks = append(ticks, plot.Tick{Value: row.Sigma, Label: strconv.FormatFloat(row.Sigma, 'g', -1, 64)})
	}
	return ticks
}

// addLabels writes each point's value above it.
func addLabels(p *plot.Plot, points plotter.XYs, format string) error {
	texts := make([]string, len(points))
	for i, point := range points {
		texts[i] = fmt.Sprintf(format, point.Y)
	}
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: points, Labels: texts})
	if err != nil {
		return err
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i].Font.Variant = "Sans"
		labels.TextStyle[i].Font.Size = 9
		labels.TextStyle[i].XAlign = draw.XCenter
		labels.TextStyle[i].Color = ink
	}
	labels.Offset.Y = vg.Points(6)
	p.Add(labels)
	return nil
}
