package engine

import (
	"fmt"
	"image"

	"tweedie/engine/report"
	"tweedie/engine/score"
)

const (
	shownDirections = 4 // of the steepest
	shownSpectra    = 3
)

// ApproachImages measures the steps of a denoiser towards clean images that it has not seen. Known is a finite set of other clean images, all of the subject's size,
// black 0 and white 1.
func (s Subject) ApproachImages(clean, known [][]float64, sigmas []float64, sampling score.Sampling) (*Approached, error) {
	approaches, err := score.ImageApproaches(clean, known, score.Subject{Denoiser: s.Denoiser, Jacobian: s.Jacobian}, sigmas, sampling)
	if err != nil {
		return nil, err
	}
	approached := &Approached{Manifold: "the clean image", Approaches: approaches, known: known}
	for _, a := range approaches {
		if !(a.After <= (1-MostApproachError)*a.Before) {
			approached.Failures = append(approached.Failures, fmt.Sprintf("sigma %.4g of 255: the distance to the clean image is %.4f before and %.4f after, no step towards it",
				255*a.Sigma, a.Before, a.After))
		}
		if !(a.After <= (1+MostApproachError)*a.Exact) {
			approached.Failures = append(approached.Failures, fmt.Sprintf("sigma %.4g of 255: the answers are %.4f from the clean images, the posterior mean over %d known images %.4f",
				255*a.Sigma, a.After, len(known), a.Exact))
		}
	}
	return approached, nil
}

// imageSteps draws the first image's steps, the directions that the Jacobian keeps there, and the singular values.
func (s Subject) imageSteps(approached *Approached) (image.Image, error) {
	sheet := report.Sheet{
		Title:   "The output is a step towards the manifold of clean images",
		Columns: []string{"clean", "noisy", "denoised", "nearest known"},
		Note:    fmt.Sprintf("Distances are root mean squares of white, to the clean image and to the nearest of %d known ones. Directions: mid-gray is 0.", len(approached.known)),
	}
	var spectra []report.Spectrum
	for _, a := range approached.Approaches {
		size := s.Height * s.Width
		distance := func(image, other []float64) string { return fmt.Sprintf("%.3f away", rmsOf(image[:size], other)) }
		nearest := approached.known[a.NearestImage[0]]
		row := []report.Panel{
			{Image: s.magnified(a.Clean[:size]), Caption: fmt.Sprintf("sigma %.3g", 255*a.Sigma)},
			{Image: s.magnified(a.Noisy[:size]), Caption: distance(a.Noisy, a.Clean[:size])},
			{Image: s.magnified(a.Denoised[:size]), Caption: distance(a.Denoised, a.Clean[:size])},
			{Image: s.magnified(nearest), Caption: distance(a.Denoised, nearest)},
		}
		if len(a.Slopes) > 0 {
			for k := range min(shownDirections, size) {
				row = append(row, report.Panel{Image: s.magnified(aroundGray(a.Slopes[0].Directions[k])), Caption: fmt.Sprintf("singular value %.2f", a.Slopes[0].Singular[k])})
			}
			mean := score.MeanSlopes(a.Slopes)
			spectra = append(spectra, report.Spectrum{
				Name: fmt.Sprintf("sigma %.3g: %.0f above 1/2, trace %.1f", 255*a.Sigma, mean.Kept, mean.Dimension), Values: mean.Singular,
			})
		}
		sheet.Rows = append(sheet.Rows, row)
	}
	if len(spectra) > 0 {
		sheet.Columns = append(sheet.Columns, "kept most", "second", "third", "fourth")
	}
	drawn, err := sheet.Draw()
	if err != nil || len(spectra) == 0 {
		return drawn, err
	}
	plot, err := report.SingularPlot(fmt.Sprintf("Of %d directions, the Jacobian keeps few", s.Height*s.Width), spectra[:min(shownSpectra, len(spectra))])
	if err != nil {
		return nil, err
	}
	return report.Below(drawn, plot), nil
}

// aroundGray shows a direction: its largest value is white or black, and 0 mid-gray.
func aroundGray(direction []float64) []float64 {
	largest := 0.0
	for _, value := range direction {
		largest = max(largest, value, -value)
	}
	shown := make([]float64, len(direction))
	for i, value := range direction {
		shown[i] = 0.5 + 0.5*value/largest
	}
	return shown
}
