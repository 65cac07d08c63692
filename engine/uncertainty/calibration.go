package uncertainty

import (
	"cmp"
	"errors"
	"math"
	"slices"
)

// Floor is the least variance that is claimed of a pixel, in units of sigma^2. The slopes of a trained network are sometimes near zero or below, which no posterior's
// are. Chosen on the 400 training images of 180x180 at sigma 25: of the middles of 18 of them, 0.36 % of the pixels lie below it (0.23 % below half, 1.02 % below twice as much).
const Floor = 0.01

// Variances are what the slopes say of each pixel's variance, sigma^2 slope, but at least Floor sigma^2, and how many are at that.
func Variances(slopes []float32, sigma float64) (variances []float64, floored int) {
	variances = make([]float64, len(slopes))
	for i, slope := range slopes {
		variances[i] = sigma * sigma * max(float64(slope), Floor)
		if !(float64(slope) > Floor) {
			floored++
		}
	}
	return variances, floored
}

// Prediction is one pixel: the variance that was predicted, and the square of the error that was made.
type Prediction struct{ Variance, Square float64 }

// Bin is a share of the pixels, those of like variance.
type Bin struct {
	Predicted float64 `json:"predicted"` // root mean variance
	Observed  float64 `json:"observed"`  // root mean square error
	Ratio     float64 `json:"ratio"`     // of the sum of squares over that of variances
}

// The bounds of a calibrated prediction.
const (
	leastRatio, mostRatio = 0.9, 1.1
	leastOfTen, mostOfTen = 0.8, 1.25
	mostFloored           = 0.01
)

// Calibration compares predicted variances with errors.
type Calibration struct {
	Ratio   float64 `json:"ratio"` // sum of squares over sum of variances
	Deciles []Bin   `json:"deciles"`
	Floored float64 `json:"floored"` // share of the pixels at Floor
}

// Calibrate sorts predictions by their variance into ten bins of equal size.
func Calibrate(predictions []Prediction, floored int) (Calibration, error) {
	if len(predictions) < 10 {
		return Calibration{}, errors.New("uncertainty: fewer than ten pixels cannot be calibrated")
	}
	sorted := slices.Clone(predictions)
	slices.SortFunc(sorted, func(a, b Prediction) int { return cmp.Compare(a.Variance, b.Variance) })
	c := Calibration{Floored: float64(floored) / float64(len(sorted))}
	variances, errs := 0.0, 0.0
	for k := range 10 {
		bin := sorted[k*len(sorted)/10 : (k+1)*len(sorted)/10]
		variance, square := 0.0, 0.0
		for _, p := range bin {
			variance, square = variance+p.Variance, square+p.Square
		}
		variances, errs = variances+variance, errs+square
		count := float64(len(bin))
		c.Deciles = append(c.Deciles, Bin{Predicted: math.Sqrt(variance / count), Observed: math.Sqrt(square / count), Ratio: square / variance})
	}
	c.Ratio = errs / variances
	return c, nil
}

// Passes says whether the sums agree within 10 %, those of each decile within a quarter, and no more than 1 % of the pixels are at the floor.
func (c Calibration) Passes() bool {
	if !(c.Ratio >= leastRatio && c.Ratio <= mostRatio) || !(c.Floored <= mostFloored) {
		return false
	}
	for _, bin := range c.Deciles {
		if !(bin.Ratio >= leastOfTen && bin.Ratio <= mostOfTen) {
			return false
		}
	}
	return true
}
