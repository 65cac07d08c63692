package engine

import (
	"fmt"
	"image"
	"math/rand/v2"

	"gonum.org/v1/plot/plotter"

	"tweedie/engine/report"
	"tweedie/engine/score"
)

// Walked is how likely the points of walks over the plane are: mean log-densities, in nats, of the prior seen through the noise of the last level, so that the numbers
// of one way compare.
type Walked struct {
	LogDensities []float64 // where the walks are at each level, and where they end
	Error        float64   // standard error of the last
	Exact        float64   // of exact samples seen through the same noise
}

// Last is the mean log-density where the walks end.
func (w *Walked) Last() float64 { return w.LogDensities[len(w.LogDensities)-1] }

// WalkPlane draws the ways of a few noisy points along the score as sigma shrinks, and says how likely they are on the way.
func (s Subject) WalkPlane(schedule score.Schedule, count int, seed uint64) (image.Image, *Walked, error) {
	if !s.isPlane() {
		return nil, nil, fmt.Errorf("ways are drawn on the plane, which %s is not about", s.Name)
	}
	levels, err := schedule.Levels(true)
	if err != nil {
		return nil, nil, err
	}
	random := rand.New(rand.NewPCG(seed, 2))
	var start []float64
	for range 2 * count {
		start = append(start, planeReach*(2*random.Float64()-1))
	}
	paths, walked := make([]plotter.XYs, count), &Walked{}
	final := s.Prior.Mixture.At(schedule.To)
	add := func(points []float64) {
		for n := range count {
			paths[n] = append(paths[n], plotter.XY{X: points[2*n], Y: points[2*n+1]})
		}
		mean, standardError := meanLogDensity(final, points, 2)
		walked.LogDensities, walked.Error = append(walked.LogDensities, mean), standardError
	}
	end, err := score.Heun(s.Denoiser, start, levels, func(stage score.Stage) { add(stage.Image) })
	if err != nil {
		return nil, nil, err
	}
	add(end)
	var exact []float64
	for range 20000 {
		_, y := final.Sample(random)
		exact = append(exact, y...)
	}
	walked.Exact, _ = meanLogDensity(final, exact, 2)
	plane := s.plane(fmt.Sprintf("Walks along the score of %s", s.Name), 0.05)
	plane.Paths = paths
	plane.Note = fmt.Sprintf("sigma from %.3g to %.3g in %d steps;\nmean log-density from %.1f to %.2f", schedule.From, schedule.To, schedule.Steps, walked.LogDensities[0], walked.Last())
	picture, err := report.Planes(plane)
	return picture, walked, err
}
