package engine

import (
	"fmt"
	"image"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/plotter"

	"tweedie/engine/report"
)

// mostPrincipal is the most elements of a latent whose principal axes are computed, which takes their number cubed.
const mostPrincipal = 1024

// LatentPlane is where latents lie in a plane of their space: of latents of two numbers the space itself, of longer ones the plane of the two principal axes, the
// eigenvectors of the largest eigenvalues of their covariance (Pearson 1901; Hotelling 1933).
type LatentPlane struct {
	Mean   []float64    // of the latents; 0 of two numbers
	Axes   [2][]float64 // of unit length
	Shares [2]float64   // of the variance, along each axis
	Points plotter.XYs
}

// Plane finds the plane. Fewer than two latents or two numbers, and too many numbers, are errors.
func (l *Latents) Plane() (*LatentPlane, error) {
	d := l.Size.Elements()
	switch {
	case l.Count < 2:
		return nil, fmt.Errorf("%d latent is no cloud of points; give several images", l.Count)
	case d < 2:
		return nil, fmt.Errorf("a latent of %d number has no plane; train an autoencoder with two or more", d)
	case d > mostPrincipal:
		return nil, fmt.Errorf("latents of %d numbers are too long for their principal axes, at most %d are computed; train an autoencoder with fewer", d, mostPrincipal)
	}
	mean, covariance := make([]float64, d), mat.NewSymDense(d, nil)
	for n := range l.Count {
		for i, value := range l.Of(n) {
			mean[i] += float64(value) / float64(l.Count)
		}
	}
	difference := mat.NewVecDense(d, nil)
	for n := range l.Count {
		for i, value := range l.Of(n) {
			difference.SetVec(i, float64(value)-mean[i])
		}
		covariance.SymRankOne(covariance, 1/float64(l.Count), difference)
	}
	total := mat.Trace(covariance)
	if !(total > 0) || math.IsInf(total, 0) {
		return nil, fmt.Errorf("the variance of the latents is %v: they are all the same, or not finite", total)
	}
	p := &LatentPlane{Mean: mean}
	if d == 2 {
		p.Mean, p.Axes = []float64{0, 0}, [2][]float64{{1, 0}, {0, 1}}
		p.Shares = [2]float64{covariance.At(0, 0) / total, covariance.At(1, 1) / total}
	} else {
		var eigen mat.EigenSym
		if !eigen.Factorize(covariance, true) {
			return nil, fmt.Errorf("the principal axes of latents of %d numbers were not found", d)
		}
		var vectors mat.Dense
		eigen.VectorsTo(&vectors)
		for k := range 2 { // eigenvalues rise
			p.Axes[k], p.Shares[k] = mat.Col(nil, d-1-k, &vectors), eigen.Values(nil)[d-1-k]/total
		}
	}
	for n := range l.Count {
		p.Points = append(p.Points, p.project(l.Of(n)))
	}
	return p, nil
}

func (p *LatentPlane) project(latent []float32) (at plotter.XY) {
	for i, value := range latent {
		at.X += p.Axes[0][i] * (float64(value) - p.Mean[i])
		at.Y += p.Axes[1][i] * (float64(value) - p.Mean[i])
	}
	return at
}

// At is the latent at a point of the plane.
func (p *LatentPlane) At(at plotter.XY) []float32 {
	latent := make([]float32, len(p.Mean))
	for i := range latent {
		latent[i] = float32(p.Mean[i] + at.X*p.Axes[0][i] + at.Y*p.Axes[1][i])
	}
	return latent
}

// window is the smallest rectangle that holds all but the outermost hundredth of the points on each side, and a little more.
func (p *LatentPlane) window() (low, high plotter.XY) {
	span := func(of func(plotter.XY) float64) (float64, float64) {
		var values []float64
		for _, point := range p.Points {
			values = append(values, of(point))
		}
		slices.Sort(values)
		least, most := values[len(values)/100], values[len(values)-1-len(values)/100]
		room := 0.06 * max(most-least, 1e-6)
		return least - room, most + room
	}
	low.X, high.X = span(func(at plotter.XY) float64 { return at.X })
	low.Y, high.Y = span(func(at plotter.XY) float64 { return at.Y })
	return low, high
}

// LatentClasses is how the classes of images lie in the space of their latents.
type LatentClasses struct {
	Classes []int   // in order
	Central []int   // for each the number of the image whose latent is nearest to the mean of its class
	Alike   float64 // share of the images whose nearest latent is one of the same class
}

// Classes tells how classes lie: labels has one for each latent.
func (l *Latents) Classes(labels []int) LatentClasses {
	d := l.Size.Elements()
	means, counts := map[int][]float64{}, map[int]float64{}
	for n, label := range labels {
		if means[label] == nil {
			means[label] = make([]float64, d)
		}
		counts[label]++
		for i, value := range l.Of(n) {
			means[label][i] += float64(value)
		}
	}
	var c LatentClasses
	least := map[int]float64{}
	central := map[int]int{}
	for n, label := range labels {
		distance := 0.0
		for i, value := range l.Of(n) {
			distance += (float64(value) - means[label][i]/counts[label]) * (float64(value) - means[label][i]/counts[label])
		}
		if best, seen := least[label]; !seen || distance < best {
			least[label], central[label] = distance, n
		}
		if labels[l.Nearest(n, 1)[0].Index] == label {
			c.Alike += 1 / float64(len(labels))
		}
	}
	for label := range counts {
		c.Classes = append(c.Classes, label)
	}
	slices.Sort(c.Classes)
	for _, label := range c.Classes {
		c.Central = append(c.Central, central[label])
	}
	return c
}

// Apart returns the central images of the two classes that are furthest apart; of one class, the same image twice.
func (l *Latents) Apart(c LatentClasses) (from, to int) {
	furthest := -1.0
	for a, first := range c.Central {
		for _, second := range c.Central[a:] {
			distance := 0.0
			for i, value := range l.Of(first) {
				distance += float64(value-l.Of(second)[i]) * float64(value-l.Of(second)[i])
			}
			if distance > furthest {
				furthest, from, to = distance, first, second
			}
		}
	}
	return from, to
}

const (
	latentGrid = 18 // decoded images on each side
	latentWay  = 9  // decoded images of a walk
)

// DrawLatents draws the plane of the latents, the images that its points decode to, and the straight way from one latent to another, decoded. Labels are the classes,
// nil for none.
func (m *Model) DrawLatents(title string, l *Latents, p *LatentPlane, labels []int, from, to int) (image.Image, error) {
	low, high := p.window()
	grid := &Latents{Count: latentGrid * latentGrid, Size: l.Size}
	for k := range latentGrid * latentGrid {
		grid.Values = append(grid.Values, p.At(plotter.XY{
			X: low.X + (high.X-low.X)*(float64(k%latentGrid)+0.5)/latentGrid,
			Y: high.Y - (high.Y-low.Y)*(float64(k/latentGrid)+0.5)/latentGrid,
		})...)
	}
	decoded, err := m.Decode(grid)
	if err != nil {
		return nil, err
	}
	mosaic := image.NewGray(image.Rect(0, 0, latentGrid*decoded.Width, latentGrid*decoded.Height))
	for k := range decoded.Count {
		tile := report.Gray(decoded.Of(k), decoded.Width, decoded.Height)
		for y := range decoded.Height {
			copy(mosaic.Pix[(k/latentGrid*decoded.Height+y)*mosaic.Stride+k%latentGrid*decoded.Width:], tile.Pix[y*tile.Stride:][:decoded.Width])
		}
	}
	between := l.Between(from, to, latentWay)
	way, err := m.Decode(between)
	if err != nil {
		return nil, err
	}
	chart := report.LatentMap{
		Title: title, Low: low, High: high, Points: p.Points, Labels: labels, Mosaic: mosaic,
		Horizontal: axisName(l, p, 0), Vertical: axisName(l, p, 1),
	}
	strip := report.Sheet{Title: "The straight way between the marked points, decoded"}
	var row []report.Panel
	for k := range way.Count {
		chart.Way = append(chart.Way, p.project(between.Of(k)))
		row = append(row, report.Panel{Image: report.Enlarged(report.Gray(way.Of(k), way.Width, way.Height), 128)})
	}
	strip.Rows = [][]report.Panel{row}
	drawn, err := chart.Draw()
	if err != nil {
		return nil, err
	}
	below, err := strip.Draw()
	if err != nil {
		return nil, err
	}
	return report.Below(drawn, below), nil
}

func axisName(l *Latents, p *LatentPlane, axis int) string {
	names := [2]string{"first", "second"}
	if l.Size.Elements() == 2 {
		return names[axis] + " number of the latent"
	}
	return fmt.Sprintf("%s principal axis (%.1f %% of the variance)", names[axis], 100*p.Shares[axis])
}
