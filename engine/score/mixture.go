// Package score holds what is known exactly about posterior means and scores, and what is built upon it: Gaussian mixtures and finite sets of
// images under Gaussian noise, one-dimensional priors under any noise, Tweedie's formulas, the check of a network against them, walks along
// a score, samplers and restoration.
//
// It computes in float64 and knows no devices: a network comes in as a Denoiser. Images are vectors, row by row, in the unit of the prior.
package score

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Component is one Gaussian of a mixture, or a point.
type Component struct {
	Weight     float64   // relative to those of the others
	Mean       []float64 // d values
	Covariance []float64 // d x d values, row by row, symmetric and positive semidefinite; nil for a point
}

// Mixture is the distribution
//
//	p(x) = sum over k of w_k N(x; mean_k, covariance_k)
//
// in any dimension d. Components without covariance are points, so that a finite set of images is a Mixture too. It is not changed after it is made, and
// safe for concurrent use.
type Mixture struct {
	dimension  int
	components []component
	cumulative []float64 // sums of the weights, the last one 1
}

// component is a Component with covariance = sum over k of variances[k] axes[k] axes[k]^T, the axes orthonormal. A point has neither.
type component struct {
	weight    float64
	mean      []float64
	axes      [][]float64
	variances []float64
}

// NewMixture returns the mixture of the components, their weights divided by their sum. Components of different dimension, a weight that is
// not positive and a covariance that is not symmetric and positive semidefinite are errors.
func NewMixture(components []Component) (*Mixture, error) {
	if len(components) == 0 || len(components[0].Mean) == 0 {
		return nil, errors.New("a mixture needs a component with a mean")
	}
	m := &Mixture{dimension: len(components[0].Mean)}
	total := 0.0
	for _, c := range components {
		total += c.Weight
	}
	sum := 0.0
	for k, given := range components {
		if !(given.Weight > 0) || math.IsInf(given.Weight, 0) {
			return nil, fmt.Errorf("component %d: the weight %v is not positive", k, given.Weight)
		}
		if len(given.Mean) != m.dimension {
			return nil, fmt.Errorf("component %d: the mean has %d values, that of component 0 has %d", k, len(given.Mean), m.dimension)
		}
		c := component{weight: given.Weight / total, mean: given.Mean}
		if given.Covariance != nil {
			var err error
			if c.axes, c.variances, err = principalAxes(given.Covariance, m.dimension); err != nil {
				return nil, fmt.Errorf("component %d: %w", k, err)
			}
		}
		m.components = append(m.components, c)
		sum += c.weight
		m.cumulative = append(m.cumulative, sum)
	}
	m.cumulative[len(components)-1] = 1
	return m, nil
}

// Points returns the uniform distribution over a finite set of images.
func Points(images [][]float64) (*Mixture, error) {
	components := make([]Component, len(images))
	for i, image := range images {
		components[i] = Component{Weight: 1, Mean: image}
	}
	return NewMixture(components)
}

// principalAxes are the eigenvectors and eigenvalues of a covariance. Eigenvalues that rounding made negative become 0.
func principalAxes(covariance []float64, d int) (axes [][]float64, variances []float64, err error) {
	if len(covariance) != d*d {
		return nil, nil, fmt.Errorf("the covariance has %d values, not %d x %d", len(covariance), d, d)
	}
	largest := 0.0
	for _, value := range covariance {
		largest = max(largest, math.Abs(value))
	}
	symmetric := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			if !(math.Abs(covariance[i*d+j]-covariance[j*d+i]) <= 1e-9*largest) {
				return nil, nil, fmt.Errorf("the covariance is not symmetric at row %d, column %d", i, j)
			}
			symmetric.SetSym(i, j, covariance[i*d+j])
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(symmetric, true) {
		return nil, nil, errors.New("the covariance has no eigenvalues")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	variances = eigen.Values(nil)
	for k := range variances {
		if !(variances[k] >= -1e-9*largest) {
			return nil, nil, fmt.Errorf("the covariance is not positive semidefinite: it has the eigenvalue %v", variances[k])
		}
		variances[k] = max(variances[k], 0)
		axes = append(axes, mat.Col(nil, k, &vectors))
	}
	return axes, variances, nil
}

// Dimension is the number of values of an image.
func (m *Mixture) Dimension() int { return m.dimension }

// Components is the number of components.
func (m *Mixture) Components() int { return len(m.components) }

// Sample draws from the distribution.
func (m *Mixture) Sample(random *rand.Rand) []float64 {
	share, k := random.Float64(), 0
	for !(share < m.cumulative[k]) {
		k++
	}
	return m.components[k].sample(random)
}

func (c *component) sample(random *rand.Rand) []float64 {
	x := append([]float64(nil), c.mean...)
	for k, axis := range c.axes {
		addScaled(x, math.Sqrt(c.variances[k])*random.NormFloat64(), axis)
	}
	return x
}

// SmallestDeviation is the square root of the smallest eigenvalue of any component's covariance: 0 if there is a point.
func (m *Mixture) SmallestDeviation() float64 {
	smallest := math.Inf(1)
	for _, c := range m.components {
		if c.axes == nil {
			return 0
		}
		for _, variance := range c.variances {
			smallest = min(smallest, variance)
		}
	}
	return math.Sqrt(smallest)
}

// addScaled adds scale*x to y.
func addScaled(y []float64, scale float64, x []float64) {
	for i, value := range x {
		y[i] += scale * value
	}
}
