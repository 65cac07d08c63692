package score

import (
	"errors"
	"fmt"
)

// Operator is a linear measurement of images: what a mask leaves, a blur, rays through a body.
type Operator interface {
	// Sizes are the number of values of an image and of a measurement.
	Sizes() (image, measurement int)
	// Apply returns A x.
	Apply(image []float64) []float64
	// Adjoint returns A^T m: <A x, m> = <x, A^T m>.
	Adjoint(measurement []float64) []float64
}

// Measured is a measurement with what it says: the least-squares image A^+ m of smallest norm, and the projection A^+ A on what is seen.
type Measured struct {
	operator Operator
	image    []float64
	rounds   int
}

const projectionTolerance = 1e-6 // of the residual of the normal equations, relative

// NewMeasured solves for the least-squares image by conjugate gradients (CGLS, Hestenes & Stiefel 1952), at most so many rounds: an operator
// with small singular values, such as a blur, is inverted for the large ones first, so that few rounds regularise.
func NewMeasured(operator Operator, measurement []float64, rounds int) (*Measured, error) {
	_, size := operator.Sizes()
	if len(measurement) != size {
		return nil, fmt.Errorf("the measurement has %d values, not %d", len(measurement), size)
	}
	if rounds < 1 {
		return nil, errors.New("a measurement needs one round of least squares or more")
	}
	m := &Measured{operator: operator, rounds: rounds}
	m.image = m.invert(measurement)
	return m, nil
}

// Image is the least-squares image of what was measured.
func (m *Measured) Image() []float64 { return append([]float64(nil), m.image...) }

// project returns A^+ A x.
func (m *Measured) project(image []float64) []float64 { return m.invert(m.operator.Apply(image)) }

// invert returns A^+ b.
func (m *Measured) invert(b []float64) []float64 {
	size, _ := m.operator.Sizes()
	x := make([]float64, size)
	residual := append([]float64(nil), b...)
	gradient := m.operator.Adjoint(residual)
	direction := append([]float64(nil), gradient...)
	square := squareNorm(gradient)
	for first, round := square, 0; round < m.rounds && square > first*projectionTolerance*projectionTolerance; round++ {
		seen := m.operator.Apply(direction)
		step := square / squareNorm(seen)
		addScaled(x, step, direction)
		addScaled(residual, -step, seen)
		gradient = m.operator.Adjoint(residual)
		next := squareNorm(gradient)
		for i := range direction {
			direction[i] = gradient[i] + next/square*direction[i]
		}
		square = next
	}
	return x
}

func squareNorm(v []float64) float64 {
	sum := 0.0
	for _, value := range v {
		sum += value * value
	}
	return sum
}
