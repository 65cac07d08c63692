package score

// Smoothest is the classical answer to a linear inverse problem, which knows of images that neighbours are alike (Tikhonov & Arsenin 1977): the x of the least
//
//	|A x - m|^2 + lambda |grad x|^2,   lambda = 1e-3
//
// with differences to the right and below as grad, by 500 rounds of conjugate gradients. For a mask it is nearly harmonic inpainting.
func Smoothest(operator Operator, measurement []float64, height, width int) []float64 {
	const lambda, rounds = 1e-3, 500
	apply := func(x []float64) []float64 {
		y := operator.Adjoint(operator.Apply(x))
		for i := range x {
			if i%width+1 < width {
				difference := lambda * (x[i+1] - x[i])
				y[i] -= difference
				y[i+1] += difference
			}
			if i/width+1 < height {
				difference := lambda * (x[i+width] - x[i])
				y[i] -= difference
				y[i+width] += difference
			}
		}
		return y
	}
	x := make([]float64, height*width)
	residual := operator.Adjoint(measurement)
	direction := append([]float64(nil), residual...)
	square := squareNorm(residual)
	for first, round := square, 0; round < rounds && square > 1e-16*first; round++ {
		seen := apply(direction)
		curvature := 0.0
		for i, value := range seen {
			curvature += value * direction[i]
		}
		addScaled(x, square/curvature, direction)
		addScaled(residual, -square/curvature, seen)
		next := squareNorm(residual)
		for i := range direction {
			direction[i] = residual[i] + next/square*direction[i]
		}
		square = next
	}
	return x
}
