package engine

import (
	"image"

	"tweedie/engine/denoise"
	"tweedie/engine/picture"
	"tweedie/engine/report"
)

// chartSide is the side of the middle of a picture that a chart shows and counts: enough for its statistics, and quick.
const chartSide = 512

// NoiseChart draws every noise model on the middle of the picture's first channel, by the seed (report.NoiseChart).
func NoiseChart(clean *picture.Picture, seed uint64) (image.Image, error) {
	width, height := min(clean.Width, chartSide), min(clean.Height, chartSide)
	left, top := (clean.Width-width)/2, (clean.Height-height)/2
	values := make([]float32, width*height)
	for y := range height {
		row := clean.Planes[0][(top+y)*clean.Width+left:]
		denoise.FromSamples(row[:width], clean.Maximum(), values[y*width:(y+1)*width])
	}
	return report.NoiseChart(values, width, height, seed)
}
