package report

import (
	"errors"
	"fmt"
	"image"
	"math"
)

// Sample is one validation image through the network. The slices hold Width x Height intensities, row by row, from 0 (black) to 1 (white);
// what lies outside is shown as the nearer of the two. PSNR in dB is the caller's, so that it is the one of its tables.
type Sample struct {
	Name                    string
	Width, Height           int
	Noisy, Denoised, Clean  []float32
	NoisyPSNR, DenoisedPSNR float64
}

const (
	// ResidualGain multiplies the error before it is shown: mid-gray is no error, black and white are an eighth of the range off.
	ResidualGain = 4

	smallestPanel = 160 // pixels to which smaller images are magnified
	largestPanel  = 320 // pixels of which larger images show the centre
)

// ValidationGrid draws a row a sample: noisy, denoised, clean, and ResidualGain times denoised minus clean around mid-gray.
// Small images are magnified by a whole number, of large ones the centre is shown at its own size, so that noise looks as it is.
func ValidationGrid(title string, samples []Sample) (image.Image, error) {
	if len(samples) == 0 {
		return nil, errors.New("a validation grid needs at least one sample")
	}
	sheet := Sheet{
		Title:   title,
		Columns: []string{"noisy", "denoised", "clean", "residual"},
		Note:    fmt.Sprintf("Residual: %d × (denoised − clean) around mid-gray.", ResidualGain),
	}
	for _, s := range samples {
		n := s.Width * s.Height
		if s.Width <= 0 || s.Height <= 0 || len(s.Noisy) != n || len(s.Denoised) != n || len(s.Clean) != n {
			return nil, fmt.Errorf("sample %q: %d, %d and %d intensities do not make images of %d x %d", s.Name, len(s.Noisy), len(s.Denoised), len(s.Clean), s.Width, s.Height)
		}
		residual := make([]float32, n)
		for i := range residual {
			residual[i] = 0.5 + ResidualGain*(s.Denoised[i]-s.Clean[i])
		}
		show := func(intensities []float32) image.Image {
			return fitPanel(Gray(intensities, s.Width, s.Height))
		}
		sheet.Rows = append(sheet.Rows, []Panel{
			{show(s.Noisy), decibels(s.NoisyPSNR)},
			{show(s.Denoised), fmt.Sprintf("%s  (%+.2f)", decibels(s.DenoisedPSNR), s.DenoisedPSNR-s.NoisyPSNR)},
			{show(s.Clean), s.Name},
			{show(residual), fmt.Sprintf("RMS %.2f of 255", 255*rootMeanSquare(s.Denoised, s.Clean))},
		})
	}
	return sheet.Draw()
}

func decibels(psnr float64) string { return fmt.Sprintf("%.2f dB", psnr) }

func rootMeanSquare(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(a)))
}

// Gray returns width x height intensities, row by row, as an image of 8 bits: round(255 v) for v in [0, 1], what lies outside clipped, NaN black.
func Gray(intensities []float32, width, height int) *image.Gray {
	gray := image.NewGray(image.Rect(0, 0, width, height))
	for i := range gray.Pix {
		switch v := intensities[i]; {
		case v >= 1:
			gray.Pix[i] = 255
		case v > 0:
			gray.Pix[i] = uint8(255*v + 0.5)
		}
	}
	return gray
}

// fitPanel magnifies a small image by a whole number and crops a large one to its centre.
func fitPanel(gray *image.Gray) *image.Gray {
	size := gray.Bounds().Size()
	if w, h := min(size.X, largestPanel), min(size.Y, largestPanel); w < size.X || h < size.Y {
		corner := image.Pt((size.X-w)/2, (size.Y-h)/2)
		gray = gray.SubImage(image.Rectangle{corner, corner.Add(image.Pt(w, h))}).(*image.Gray)
		size = image.Pt(w, h)
	}
	return Enlarged(gray, smallestPanel)
}

// Enlarged magnifies an image by the least whole number that makes its longer side at least so many pixels.
func Enlarged(gray *image.Gray, least int) *image.Gray {
	size := gray.Bounds().Size()
	factor := (least + max(size.X, size.Y) - 1) / max(size.X, size.Y)
	if factor == 1 {
		return gray
	}
	large := image.NewGray(image.Rect(0, 0, factor*size.X, factor*size.Y))
	for y := range factor * size.Y {
		for x := range factor * size.X {
			large.Pix[y*large.Stride+x] = gray.Pix[y/factor*gray.Stride+x/factor]
		}
	}
	return large
}

// Magnified is Gray, magnified by a whole number if it is small and cropped to its centre if it is large.
func Magnified(intensities []float32, width, height int) image.Image {
	return fitPanel(Gray(intensities, width, height))
}
