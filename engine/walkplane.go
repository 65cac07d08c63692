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

// Walked is how likely the points of walks over the plane are: mean log-densities, in nats, of the prior seen through the noise of the last level, so that the numbers
// of one way compare.
type Walked struct {
	LogDensities []float64 // where the walks are at each level, and where they end
	Exact        float64   // of exact samples seen through the same noise and denoised exactly, as walks end on the denoiser's answer
	Error        float64   // standard error of the mean of as many exact samples
}

// MostUnlikely bounds how far the mean log-density where walks end may be from that of exact samples, in nats, beside three standard errors of as many exact ones. Points that stay
// where they were are 30 nats below; points that all go to the likeliest one are 1.4 above.
const MostUnlikely = 0.5

// Arrives says whether the walks end at points as likely as exact samples, by MostUnlikely.
func (w *Walked) Arrives() bool { return math.Abs(w.Last()-w.Exact) <= MostUnlikely+3*w.Error }

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
		mean, _ := meanLogDensity(final, points, 2)
		walked.LogDensities = append(walked.LogDensities, mean)
	}
	end, err := score.Heun(s.Denoiser, start, levels, func(stage score.Stage) { add(stage.Image) })
	if err != nil {
		return nil, nil, err
	}
	for _, value := range end {
		if !(math.Abs(value) < 1e6) {
			return nil, nil, fmt.Errorf("%w: it ends at %v", score.ErrDiverged, value)
		}
	}
	add(end)
	const draws = 20000
	var exact []float64
	for range draws {
		_, y := final.Sample(random)
		exact = append(exact, final.Mean(y)...)
	}
	walked.Exact, walked.Error = meanLogDensity(final, exact, 2)
	walked.Error *= math.Sqrt(draws / float64(count))
	plane := s.plane(fmt.Sprintf("Walks along the score of %s", s.Name), 0.05)
	plane.Paths = paths
	plane.Note = fmt.Sprintf("sigma from %.3g to %.3g in %d steps;\nmean log-density from %.1f to %.2f", schedule.From, schedule.To, schedule.Steps, walked.LogDensities[0], walked.Last())
	picture, err := report.Planes(plane)
	return picture, walked, err
}
