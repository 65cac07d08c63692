package train

import (
	"errors"

	"gonum.org/v1/gonum/mat"

	"tweedie/engine/network"
	"tweedie/engine/program"
)

// mostMeasured bounds how many images axes are measured on: of 28x28 pixels they take some seconds.
const mostMeasured = 10000

// axes are the fixed parameters of a network along the principal axes of the images, which have one size: their mean m, and the eigenvectors U, as rows, and
// eigenvalues of their covariance, the first ones if there are more than mostMeasured. No variance is below LeastLevel squared.
func (s Images) axes() (map[string][]float32, error) {
	_, height, width := s.size(0)
	d, count := height*width, min(s.Count(), mostMeasured)
	pixels, mean := make([]float32, d), make([]float64, d)
	each := func(use func(centred []float64)) {
		values := make([]float64, d)
		for image := range count {
			s.centre(s.Samples, image, height, width, pixels)
			for i, pixel := range pixels {
				values[i] = float64(pixel) - mean[i]
			}
			use(values)
		}
	}
	total := make([]float64, d)
	each(func(values []float64) {
		for i, value := range values {
			total[i] += value / float64(count)
		}
	})
	copy(mean, total)
	covariance := mat.NewSymDense(d, nil)
	each(func(values []float64) {
		covariance.SymRankOne(covariance, 1/float64(count), mat.NewVecDense(d, values))
	})
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return nil, errors.New("the covariance of the training images has no eigenvalues")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	weight, bias, variances := make([]float32, 0, d*d), make([]float32, d), make([]float32, d)
	for axis, variance := range eigen.Values(nil) {
		offset := 0.0
		for i := range d {
			weight = append(weight, float32(vectors.At(i, axis)))
			offset += vectors.At(i, axis) * mean[i]
		}
		bias[axis], variances[axis] = float32(-offset), float32(max(variance, program.LeastLevel*program.LeastLevel))
	}
	return map[string][]float32{network.AxesWeight: weight, network.AxesBias: bias, network.AxesVariances: variances}, nil
}
