package engine

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"

	"gonum.org/v1/plot/plotter"

	"tweedie/engine/report"
	"tweedie/engine/score"
)

// Subject is what the commands about scores look at: a denoiser, exact or a network, and the prior that it is about, if that is known.
type Subject struct {
	Name          string
	Denoiser      score.Denoiser
	Jacobian      score.Jacobian // of the denoiser
	Prior         *score.Prior   // nil if nobody knows it
	TakesLevels   bool           // the denoiser is told sigma; else it is blind
	Height, Width int
}

// ExactSubject is the denoiser that answers the posterior mean of a prior, whose mixture it must have.
func ExactSubject(name string) (Subject, error) {
	prior, err := score.OpenPrior(name)
	if err == nil && prior.Mixture == nil {
		err = fmt.Errorf("the prior %s has no score in closed form", name)
	}
	if err != nil {
		return Subject{}, err
	}
	return Subject{"the exact denoiser of " + name, score.Exact(prior.Mixture), score.ExactJacobian(prior.Mixture), &prior, true, prior.Height, prior.Width}, nil
}

// isPlane says that images are points of the plane.
func (s Subject) isPlane() bool {
	return s.Prior != nil && s.Prior.Mixture != nil && s.Prior.Mixture.Dimension() == 2
}

const planeReach = 2. // of both axes

func (s Subject) plane(title string, sigma float64) report.Plane {
	o := s.Prior.Mixture.At(sigma)
	return report.Plane{
		Title: title, Low: -planeReach, High: planeReach,
		Density: func(x, y float64) float64 { return math.Exp(o.LogDensity([]float64{x, y})) },
	}
}

// ScoreField draws the exact score and the denoiser's over the density of the plane seen through noise, and returns the relative difference of the two over the
// density, sqrt(E|s_D - s|^2 / E|s|^2).
func (s Subject) ScoreField(sigma float64) (image.Image, float64, error) {
	if !s.isPlane() {
		return nil, 0, fmt.Errorf("arrows are drawn on the plane, which %s is not about", s.Name)
	}
	const cells = 21
	var points []float64
	for i := range cells * cells {
		points = append(points, planeReach*(2*(float64(i%cells)+0.5)/cells-1), planeReach*(2*(float64(i/cells)+0.5)/cells-1))
	}
	denoised, err := s.Denoiser(points, sigma)
	if err != nil {
		return nil, 0, err
	}
	o, longest := s.Prior.Mixture.At(sigma), 0.0
	exact, learnt := report.Arrows{Name: "exact"}, report.Arrows{Name: "learnt"}
	var scores [][2][]float64
	for at := 0; at < len(points); at += 2 {
		y := points[at : at+2]
		pair := [2][]float64{o.Score(y), score.ScoreOf(y, denoised[at:at+2], sigma)}
		scores = append(scores, pair)
		longest = max(longest, math.Hypot(pair[0][0], pair[0][1]))
	}
	for i, pair := range scores {
		from := plotter.XY{X: points[2*i], Y: points[2*i+1]}
		for k, arrows := range []*report.Arrows{&exact, &learnt} {
			// The longest arrow is as long as two cells; roots keep the short ones visible.
			length := math.Hypot(pair[k][0], pair[k][1])
			scale := 2 * 2 * planeReach / cells * math.Sqrt(length/longest) / math.Max(length, 1e-12)
			arrows.From = append(arrows.From, from)
			arrows.To = append(arrows.To, plotter.XY{X: from.X + scale*pair[k][0], Y: from.Y + scale*pair[k][1]})
		}
	}
	findings, err := score.Verify(s.Prior.Mixture, score.Subject{Denoiser: s.Denoiser}, []float64{sigma}, score.Sampling{Draws: 5000, Seed: 1})
	if err != nil {
		return nil, 0, err
	}
	plane := s.plane(fmt.Sprintf("(D(y) − y) / sigma² of %[2]s at sigma %.3[1]g", sigma, s.Name), sigma)
	plane.First, plane.Second = exact, learnt
	plane.Note = fmt.Sprintf("they differ by %.2f %% of their length,\nroot mean squares over the density (blue)", 100*findings[0].ScoreError)
	picture, err := report.Planes(plane)
	return picture, findings[0].ScoreError, err
}

// Sampled is how samples of a known prior compare with exact ones.
type Sampled struct {
	Distance, Share             float64 // energy distance, and the share of random divisions of all samples that are as far apart
	LogDensity, Exact           float64 // mean log-density, of the samples and of exact ones
	LogDensityError, ExactError float64 // their standard errors
	Points, Compared            int
}

// SamplePrior walks from noisy images of a known prior down the schedule, by Heun's method, and compares where they end with exact samples seen through the noise of
// the last level. The start is drawn from the prior seen through that of the first, which for a large sigma is noise alone.
func (s Subject) SamplePrior(schedule score.Schedule, count int, seed uint64) (image.Image, *Sampled, error) {
	if s.Prior == nil || s.Prior.Mixture == nil {
		return nil, nil, fmt.Errorf("nobody knows the distribution that %s is about", s.Name)
	}
	levels, err := schedule.Levels(false)
	if err != nil {
		return nil, nil, err
	}
	m, random := s.Prior.Mixture, rand.New(rand.NewPCG(seed, 1))
	d := m.Dimension()
	noisy, exact := m.At(schedule.From), m.At(schedule.To)
	var start, truth []float64
	for range count {
		_, y := noisy.Sample(random)
		_, x := exact.Sample(random)
		start, truth = append(start, y...), append(truth, x...)
	}
	end, err := score.Heun(s.Denoiser, start, levels, nil)
	if err != nil {
		return nil, nil, err
	}
	compared := min(count, 600)
	result := &Sampled{Points: count, Compared: compared}
	result.Distance, result.Share = score.TwoSamples(end[:compared*d], truth[:compared*d], d, 99, random)
	result.LogDensity, result.LogDensityError = meanLogDensity(exact, end, d)
	result.Exact, result.ExactError = meanLogDensity(exact, truth, d)
	if d != 2 {
		side := func(images []float64) []report.Panel { return s.panels(images, 8) }
		sheet := report.Sheet{Title: "Samples of " + s.Name + " (left), and exact ones", Note: result.String()}
		mine, theirs := side(end), side(truth)
		for row := range 4 {
			line := append([]report.Panel(nil), mine[2*row:2*row+2]...)
			sheet.Rows = append(sheet.Rows, append(append(line, report.Panel{}), theirs[2*row:2*row+2]...))
		}
		picture, err := sheet.Draw()
		return picture, result, err
	}
	left, right := s.plane("Samples of "+s.Name, schedule.To), s.plane("Exact samples", schedule.To)
	left.Points, right.Points = xys(end), xys(truth)
	left.Note = fmt.Sprintf("energy distance %.4f: %.0f %% of random divisions\nof all samples are as far apart; mean log-density %.3f ± %.3f",
		result.Distance, 100*result.Share, result.LogDensity, result.LogDensityError)
	right.Note = fmt.Sprintf("seen through noise of sigma %.3g, as the samples are;\nmean log-density %.3f ± %.3f", schedule.To, result.Exact, result.ExactError)
	picture, err := report.Planes(left, right)
	return picture, result, err
}

func (r *Sampled) String() string {
	return fmt.Sprintf("energy distance %.4f (%.0f %% of random divisions of all samples are as far apart); mean log-density %.3f +- %.3f, of exact samples %.3f +- %.3f",
		r.Distance, 100*r.Share, r.LogDensity, r.LogDensityError, r.Exact, r.ExactError)
}

func meanLogDensity(o *score.Observed, samples []float64, d int) (mean, standardError float64) {
	var logs []float64
	for at := 0; at < len(samples); at += d {
		logs = append(logs, o.LogDensity(samples[at:at+d]))
	}
	return score.MeanAndError(logs)
}

func xys(points []float64) plotter.XYs {
	var list plotter.XYs
	for at := 0; at < len(points); at += 2 {
		list = append(list, plotter.XY{X: points[at], Y: points[at+1]})
	}
	return list
}

// panels are the first images in the prior's unit as pictures.
func (s Subject) panels(images []float64, count int) []report.Panel {
	var panels []report.Panel
	size := s.Height * s.Width
	for n := range min(count, len(images)/size) {
		panels = append(panels, report.Panel{Image: report.Magnified(narrow(images[n*size:(n+1)*size]), s.Width, s.Height)})
	}
	return panels
}
