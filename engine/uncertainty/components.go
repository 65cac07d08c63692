package uncertainty

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/engine/random"
)

// Component is a principal component of the posterior: a direction of unit length, and the posterior's standard deviation along it.
type Component struct {
	Direction []float64
	Deviation float64
	// Residual is |J v - lambda v| / lambda: how far the direction is from an eigenvector, in units of its eigenvalue.
	Residual float64
}

// Components finds the leading eigenvectors of a Jacobian by subspace iteration (Manor & Michaeli 2024), the largest first, within a region where its values are true
// (nil: everywhere). The Jacobian is taken for symmetric, as that of a posterior mean is. An eigenvalue below zero has the deviation 0.
func Components(jacobian Jacobian, noisy []float32, sigma float64, count, iterations int, region []bool, seed uint64) ([]Component, error) {
	size := len(noisy)
	if count < 1 || iterations < 1 || size == 0 || region != nil && len(region) != size {
		return nil, fmt.Errorf("uncertainty: %d components after %d iterations of an image of %d pixels cannot be found", count, iterations, size)
	}
	inside := size
	if region != nil {
		inside = 0
		for _, is := range region {
			if is {
				inside++
			}
		}
	}
	if count > inside {
		return nil, fmt.Errorf("uncertainty: %d pixels have no %d components", inside, count)
	}
	product := func(vectors [][]float64) ([][]float64, error) {
		images, directions := make([]float32, 0, count*size), make([]float32, 0, count*size)
		for _, vector := range vectors {
			images = append(images, noisy...)
			for _, value := range vector {
				directions = append(directions, float32(value))
			}
		}
		_, products, err := jacobian(images, directions, sigma)
		if err != nil {
			return nil, err
		}
		moved := make([][]float64, count)
		for k := range moved {
			moved[k] = make([]float64, size)
			for i, value := range products[k*size : (k+1)*size] {
				if region == nil || region[i] {
					moved[k][i] = float64(value)
				}
			}
		}
		return moved, nil
	}
	vectors := make([][]float64, count)
	for k := range vectors {
		vectors[k] = make([]float64, size)
		for i := range vectors[k] {
			if region == nil || region[i] {
				vectors[k][i] = random.Normals(random.Words(seed, random.Probes, 1<<31, uint32(k), uint32(i/4)))[i%4]
			}
		}
	}
	var moved [][]float64
	for range iterations {
		if !orthonormal(vectors) {
			return nil, errors.New("uncertainty: the network's Jacobian has fewer directions in which it moves; ask for fewer components")
		}
		var err error
		if moved, err = product(vectors); err != nil {
			return nil, err
		}
		vectors, moved = moved, vectors
	}
	// The last basis and its products: Rayleigh & Ritz.
	return ritz(moved, vectors, sigma)
}

// orthonormal makes the vectors an orthonormal basis of what they span (Gram & Schmidt, twice over for accuracy); false if they span less.
func orthonormal(vectors [][]float64) bool {
	for k, vector := range vectors {
		before := floats.Norm(vector, 2)
		for range 2 {
			for _, other := range vectors[:k] {
				floats.AddScaled(vector, -floats.Dot(vector, other), other)
			}
		}
		norm := floats.Norm(vector, 2)
		if !(norm > 1e-6*before) {
			return false
		}
		floats.Scale(1/norm, vector)
	}
	return true
}

// ritz are the best eigenvectors within a basis, given its products with the Jacobian.
func ritz(basis, products [][]float64, sigma float64) ([]Component, error) {
	count := len(basis)
	symmetric := mat.NewSymDense(count, nil)
	for i := range count {
		for j := range i + 1 {
			symmetric.SetSym(i, j, (floats.Dot(basis[i], products[j])+floats.Dot(basis[j], products[i]))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(symmetric, true) {
		return nil, errors.New("uncertainty: the eigenvalues were not found; is a value not a number?")
	}
	values := eigen.Values(nil)
	var rotation mat.Dense
	eigen.VectorsTo(&rotation)
	var components []Component
	for k := count - 1; k >= 0; k-- { // they rise
		direction, moved := make([]float64, len(basis[0])), make([]float64, len(basis[0]))
		for i := range count {
			floats.AddScaled(direction, rotation.At(i, k), basis[i])
			floats.AddScaled(moved, rotation.At(i, k), products[i])
		}
		floats.AddScaled(moved, -values[k], direction)
		components = append(components, Component{
			Direction: direction, Deviation: sigma * math.Sqrt(max(values[k], 0)), Residual: floats.Norm(moved, 2) / math.Abs(values[k]),
		})
	}
	return components, nil
}
