package score

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Slope is the singular value decomposition of a denoiser's Jacobian J at one image: a small circle around the image becomes an ellipse around the answer with the
// Directions as axes and the Singular values as their lengths.
type Slope struct {
	Directions [][]float64 // the left singular vectors, of unit length
	Singular   []float64   // the largest first
	Trace      float64     // of J
}

// Slopes says in how many directions a denoiser lets an image move: means over images. Of the posterior mean, J = Cov[x|y]/sigma^2 (the second-order Tweedie
// formula, Efron 2011), which on a smooth manifold tends, as sigma does to 0, to the projection on the tangent: singular values of 1 along the manifold and of 0
// across it.
type Slopes struct {
	Singular []float64 // the mean of each singular value, the largest first
	// Dimension is the mean trace of J, the effective degrees of freedom (Efron 2004): of the posterior mean it is E|x - D|^2 / sigma^2, and the manifold's dimension
	// for a small sigma.
	Dimension float64
	// Kept is the mean number of singular values above 1/2: directions in which more than half of a movement is kept, the signal's subspace at y (Mohan et al. 2020).
	Kept float64
}

// SlopesAt takes the whole Jacobian at images of d values, one after the other.
func SlopesAt(jacobian Jacobian, noisy []float64, d int, sigma float64) ([]Slope, error) {
	columns, err := columnsOf(jacobian, noisy, d, sigma)
	if err != nil {
		return nil, err
	}
	var slopes []Slope
	for n := range len(noisy) / d {
		matrix := mat.NewDense(d, d, nil)
		for j, column := range columns {
			matrix.SetCol(j, column[n*d:(n+1)*d])
		}
		var svd mat.SVD
		if !svd.Factorize(matrix, mat.SVDThinU) {
			return nil, errors.New("the singular values of the Jacobian were not found")
		}
		s := Slope{Singular: svd.Values(nil), Trace: mat.Trace(matrix)}
		var left mat.Dense
		svd.UTo(&left)
		for k := range d {
			s.Directions = append(s.Directions, mat.Col(nil, k, &left))
		}
		slopes = append(slopes, s)
	}
	return slopes, nil
}

// MeanSlopes are the means; of none they are not numbers.
func MeanSlopes(slopes []Slope) Slopes {
	if len(slopes) == 0 {
		return Slopes{Dimension: math.NaN(), Kept: math.NaN()}
	}
	mean, count := Slopes{Singular: make([]float64, len(slopes[0].Singular))}, float64(len(slopes))
	for _, s := range slopes {
		for k, value := range s.Singular {
			mean.Singular[k] += value / count
			if value > 0.5 {
				mean.Kept += 1 / count
			}
		}
		mean.Dimension += s.Trace / count
	}
	return mean
}

// columnsOf are a Jacobian's at images of d values: columns[j][n*d+i] is dD_i/dy_j at the n-th. Elements that are not finite are an error.
func columnsOf(jacobian Jacobian, noisy []float64, d int, sigma float64) ([][]float64, error) {
	images, directions := make([]float64, 0, d*len(noisy)), make([]float64, d*len(noisy))
	for column := range d {
		for at := column; at < len(noisy); at += d {
			directions[len(images)+at] = 1
		}
		images = append(images, noisy...)
	}
	products, err := jacobian(images, directions, sigma)
	if err != nil {
		return nil, err
	}
	for _, product := range products {
		if math.IsNaN(product) || math.IsInf(product, 0) {
			return nil, fmt.Errorf("the Jacobian at sigma %.3g has an element that is not finite", sigma)
		}
	}
	columns := make([][]float64, d)
	for column := range d {
		columns[column] = products[column*len(noisy) : (column+1)*len(noisy)]
	}
	return columns, nil
}

// ExactJacobian is that of Exact, the posterior covariance over sigma^2.
func ExactJacobian(m *Mixture) Jacobian {
	return func(noisy, directions []float64, sigma float64) ([]float64, error) {
		o, d := m.At(sigma), m.dimension
		products := make([]float64, len(noisy))
		for at := 0; at < len(noisy); at += d {
			for i, value := range o.Covariance(noisy[at : at+d]) {
				products[at+i/d] += value / (sigma * sigma) * directions[at+i%d]
			}
		}
		return products, nil
	}
}
