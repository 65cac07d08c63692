package evaluate

import (
	"fmt"
	"math"
)

// Compare returns the scores of an 8-bit image against a reference of the same size, without a name.
func Compare(image, reference []uint8, height, width int) (Scores, error) {
	ssim, err := SSIM(image, reference, height, width) // checks sizes for all three
	if err != nil {
		return Scores{}, err
	}
	mse := meanSquaredError(image, reference)
	return Scores{PSNR: PSNR(mse), SSIM: ssim, MSE: mse}, nil
}

// meanSquaredError returns the mean of (image - reference)^2, in squared 8-bit levels. The sum is of integers and exact.
func meanSquaredError(image, reference []uint8) float64 {
	var sum uint64
	for i, a := range image {
		difference := int(a) - int(reference[i])
		sum += uint64(difference * difference)
	}
	return float64(sum) / float64(len(image))
}

// PSNR returns the peak signal-to-noise ratio of a mean squared error in squared 8-bit levels; infinite for 0.
//
//	PSNR = 20 log10(255 / sqrt(mse))
func PSNR(mse float64) Decibel {
	return Decibel(20 * math.Log10(255/math.Sqrt(mse)))
}

// The window of SSIM: a Gaussian of standard deviation 1.5, cut off beyond 5 pixels.
const (
	windowRadius = 5
	windowSize   = 2*windowRadius + 1
	windowSigma  = 1.5
)

// SSIM returns the mean structural similarity of two 8-bit images (Wang, Bovik, Sheikh & Simoncelli 2004), with a Gaussian window of 11 x 11
// pixels:
//
//	SSIM = mean of (2 ma mb + C1)(2 cab + C2) / ((ma^2 + mb^2 + C1)(va + vb + C2)),  C1 = (0.01*255)^2,  C2 = (0.03*255)^2
//
// over the pixels whose window lies inside the image, where ma, mb are weighted means, va, vb, cab weighted variances and covariance. It is
// scikit-image's structural_similarity with gaussian_weights, sigma 1.5, use_sample_covariance off. An image below 11 pixels in height or
// width is an error.
func SSIM(a, b []uint8, height, width int) (float64, error) {
	if err := checkImage(a, height, width); err != nil {
		return 0, err
	}
	if err := checkImage(b, height, width); err != nil {
		return 0, err
	}
	if height < windowSize || width < windowSize {
		return 0, fmt.Errorf("%d x %d pixels are too few for SSIM, which needs %d x %d", width, height, windowSize, windowSize)
	}
	const c1, c2 = (0.01 * 255) * (0.01 * 255), (0.03 * 255) * (0.03 * 255)
	weights := window()
	moments := newMoments(width)
	var sum float64
	for y := range height - windowSize + 1 {
		moments.start()
		for i, weight := range weights { // down the columns
			row := (y + i) * width
			moments.addRow(weight, a[row:row+width], b[row:row+width])
		}
		for x := range width - windowSize + 1 { // along the row
			m := moments.at(x, weights)
			va, vb, covariance := m.aa-m.a*m.a, m.bb-m.b*m.b, m.ab-m.a*m.b
			sum += (2*m.a*m.b + c1) * (2*covariance + c2) / ((m.a*m.a + m.b*m.b + c1) * (va + vb + c2))
		}
	}
	return sum / float64((height-windowSize+1)*(width-windowSize+1)), nil
}

// moment is the weighted means of two images, their squares and their product.
type moment struct{ a, b, aa, bb, ab float64 }

// moments holds, for each column, the moments under one row of windows, summed down the column only: the window is separable.
type moments []moment

func newMoments(width int) moments { return make(moments, width) }

func (m moments) start() { clear(m) }

func (m moments) addRow(weight float64, a, b []uint8) {
	for x := range m {
		fa, fb := float64(a[x]), float64(b[x])
		column := &m[x]
		column.a += weight * fa
		column.b += weight * fb
		column.aa += weight * (fa * fa)
		column.bb += weight * (fb * fb)
		column.ab += weight * (fa * fb)
	}
}

// at sums the columns of the window whose left edge is x.
func (m moments) at(x int, weights [windowSize]float64) moment {
	var sum moment
	for i, weight := range weights {
		column := &m[x+i]
		sum.a += weight * column.a
		sum.b += weight * column.b
		sum.aa += weight * column.aa
		sum.bb += weight * column.bb
		sum.ab += weight * column.ab
	}
	return sum
}

// window returns the Gaussian's weights, which sum to 1.
func window() [windowSize]float64 {
	var weights [windowSize]float64
	var sum float64
	for i := range weights {
		x := float64(i - windowRadius)
		weights[i] = math.Exp(-x * x / (2 * windowSigma * windowSigma))
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}
