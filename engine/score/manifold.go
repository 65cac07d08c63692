package score

import "math"

// Manifold is the set that a prior's images lie on or near.
type Manifold struct {
	Summary   string // such as "the circle of radius 1"
	Dimension int
	// Outline is what is drawn of it: points one after the other along a closed curve, or the points themselves if the dimension is 0.
	Outline [][]float64
	// Distance is the Euclidean distance of an image to the nearest point of the manifold, in the prior's unit.
	Distance func(image []float64) float64
}

// circlePoints is how many points stand for the circle. Seen through noise of deviation sigma, points at a distance h on a line are an even line but for ripples of
// 2 exp(-2 pi^2 sigma^2 / h^2) of the density (Poisson's summation): for 96 of them on the unit circle 2e-5 at a sigma of 0.05, and nothing beyond 0.1.
const circlePoints = 96

// circle is the uniform distribution on the circle of radius 1. Seen through noise of deviation sigma, with kappa = |y|/sigma^2, the posterior of the angle is von
// Mises', and with A = I_1/I_0 (Bessel) of kappa
//
//	E[x|y] = A y/|y|,   Jacobian: A/|y| along the circle, (1 - A/kappa - A^2)/sigma^2 across it
//
// so that near the circle the Jacobian is, but for sigma^2/2, the projection on the tangent.
func circle() (*Mixture, error) { return Points(onUnitCircle(circlePoints)) }

func onUnitCircle(count int) [][]float64 {
	points := make([][]float64, count)
	for k := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(count))
		points[k] = []float64{cos, sin}
	}
	return points
}

func unitCircle() *Manifold {
	return &Manifold{
		Summary: "the circle of radius 1", Dimension: 1, Outline: onUnitCircle(360),
		Distance: func(y []float64) float64 { return math.Abs(math.Hypot(y[0], y[1]) - 1) },
	}
}

// ringCentres are the means of ring8: of dimension 0, which its components of deviation 0.1 are too as soon as the noise is much larger.
func ringCentres() *Manifold {
	centres := onUnitCircle(8)
	return &Manifold{
		Summary: "the centres of the 8 Gaussians", Outline: centres,
		Distance: func(y []float64) float64 {
			nearest := math.Inf(1)
			for _, centre := range centres {
				nearest = min(nearest, math.Hypot(y[0]-centre[0], y[1]-centre[1]))
			}
			return nearest
		},
	}
}
