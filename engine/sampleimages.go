package engine

import (
	"fmt"
	"image"
	"math/rand/v2"

	"tweedie/engine/report"
	"tweedie/engine/score"
)

// Drawn are new images, of 1, and the steps that each took.
type Drawn struct {
	Images [][]float64
	Steps  []int
}

// SampleImages draws new images by stochastic ascents, each from other noise around a mean level of gray. It serves any denoiser, blind ones
// too.
func (s Subject) SampleImages(ascent score.Ascent, mean float64, count int, seed uint64) (image.Image, *Drawn, error) {
	note := fmt.Sprintf("Stochastic ascent from noise (Kadkhodaie & Simoncelli 2021): sigma from %v to %v, h = %v, beta = %v.", ascent.From, ascent.To, ascent.Step, ascent.Beta)
	return s.sampleEach(note, ascent.From, mean, count, seed, func(start []float64, random *rand.Rand) ([]float64, int, error) {
		steps := 0
		end, err := ascent.Run(s.Denoiser, start, random, func(score.Stage) { steps++ })
		return end, steps, err
	})
}

// FlowImages draws new images by the probability flow along the schedule, by Heun's method, which is deterministic but for the noise that each starts from, around a mean
// level of gray; it ends on the denoiser's answer at the last level. The denoiser must know sigma: a blind one takes it from the image, which is not on the schedule.
func (s Subject) FlowImages(schedule score.Schedule, mean float64, count int, seed uint64) (image.Image, *Drawn, error) {
	levels, err := schedule.Levels(true)
	if err != nil {
		return nil, nil, err
	}
	note := fmt.Sprintf("Probability flow by Heun's method (Karras et al. 2022): sigma from %v to %v in %d levels, two answers of the network to each.", schedule.From, schedule.To, schedule.Steps)
	return s.sampleEach(note, schedule.From, mean, count, seed, func(start []float64, _ *rand.Rand) ([]float64, int, error) {
		steps := 0
		end, err := score.Heun(s.Denoiser, start, levels, func(score.Stage) { steps++ })
		return end, steps, err
	})
}

// sampleEach draws the images that walk makes of noise; walk returns its steps, too.
func (s Subject) sampleEach(note string, sigma, mean float64, count int, seed uint64, walk func(start []float64, random *rand.Rand) ([]float64, int, error)) (image.Image, *Drawn, error) {
	const columns = 6
	sheet := report.Sheet{Title: "Samples of " + s.Name, Note: note}
	drawn := &Drawn{}
	for n := range count {
		random := rand.New(rand.NewPCG(seed, 100+uint64(n)))
		start := make([]float64, s.Height*s.Width)
		for i := range start {
			start[i] = mean + sigma*random.NormFloat64()
		}
		end, steps, err := walk(start, random)
		if err != nil {
			return nil, nil, err
		}
		drawn.Images, drawn.Steps = append(drawn.Images, end), append(drawn.Steps, steps)
		if n%columns == 0 {
			sheet.Rows = append(sheet.Rows, nil)
		}
		row := &sheet.Rows[len(sheet.Rows)-1]
		*row = append(*row, report.Panel{Image: s.magnified(end), Caption: fmt.Sprintf("%d steps", steps)})
	}
	picture, err := sheet.Draw()
	return picture, drawn, err
}
