package score

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Approach is what a denoiser does to the distance to a manifold at one level of Gaussian noise.
type Approach struct {
	Sigma float64
	// Before, After and Exact are mean distances to the manifold: of noisy images y, of the denoiser's answers D(y), and of the posterior mean's to the same y. Of
	// images whose manifold nobody knows they are those to the clean image, root mean squares of a value, and Exact is the posterior mean's over a finite set of
	// other images.
	Before, After, Exact float64
	// NearestBefore and NearestAfter are mean distances to the nearest image of that set; NaN where the manifold itself is known.
	NearestBefore, NearestAfter float64
	// Slopes are those at the first images, of the denoiser, and ExactSlopes of the posterior mean where that is known; empty if they were not asked for.
	Slopes, ExactSlopes []Slope
	// Clean, Noisy and Denoised are the images, one after the other, and NearestImage is the number of the one in the set that is nearest to the answer.
	Clean, Noisy, Denoised []float64
	NearestImage           []int
}

// Ratio is the mean distance after denoising divided by the one before.
func (a Approach) Ratio() float64 { return a.After / a.Before }

// ExactRatio is Ratio of the posterior mean.
func (a Approach) ExactRatio() float64 { return a.Exact / a.Before }

// Approaches measures the steps of a denoiser of a mixture's images towards its manifold, and beside them the posterior mean's from the same noisy images, at levels
// of noise in the mixture's unit. Without a Jacobian there are no slopes.
func Approaches(m *Mixture, manifold *Manifold, subject Subject, sigmas []float64, sampling Sampling) ([]Approach, error) {
	if sampling.Draws < 2 || len(sigmas) == 0 {
		return nil, errors.New("steps towards a manifold need a level of noise and two draws or more")
	}
	mean := func(images []float64) float64 {
		return meanOver(len(images)/m.dimension, func(n int) float64 { return manifold.Distance(images[n*m.dimension : (n+1)*m.dimension]) })
	}
	var approaches []Approach
	for _, sigma := range sigmas {
		v, err := observe(m.At(sigma), subject, sampling)
		if err != nil {
			return nil, err
		}
		a := Approach{
			Sigma: sigma, Before: mean(v.noisy), After: mean(v.denoised), Exact: mean(v.exact), NearestBefore: math.NaN(), NearestAfter: math.NaN(),
			Clean: v.clean, Noisy: v.noisy, Denoised: v.denoised,
		}
		if subject.Jacobian != nil {
			some := v.noisy[:min(sampling.Jacobians*m.dimension, len(v.noisy))]
			if a.Slopes, err = SlopesAt(subject.Jacobian, some, m.dimension, sigma); err != nil {
				return nil, err
			}
			if a.ExactSlopes, err = SlopesAt(ExactJacobian(m), some, m.dimension, sigma); err != nil {
				return nil, err
			}
		}
		approaches = append(approaches, a)
	}
	return approaches, nil
}

// ImageApproaches measures the same for clean images that the denoiser has not seen, whose manifold nobody knows, each in noise of its own. The posterior mean is the
// exact one over the finite set of known images: the best answer of whoever takes an image for one of these.
func ImageApproaches(clean, known [][]float64, subject Subject, sigmas []float64, sampling Sampling) ([]Approach, error) {
	if len(clean) == 0 || len(known) == 0 || len(sigmas) == 0 {
		return nil, errors.New("steps towards images need a level of noise, a clean image and a set of known ones")
	}
	d := len(clean[0])
	m, err := Points(known)
	if err != nil {
		return nil, err
	}
	if d != m.dimension {
		return nil, fmt.Errorf("the clean images have %d values, the known ones %d", d, m.dimension)
	}
	var approaches []Approach
	for _, sigma := range sigmas {
		a := Approach{Sigma: sigma}
		for n, image := range clean {
			random := rand.New(rand.NewPCG(sampling.Seed, uint64(n)))
			a.Clean = append(a.Clean, image...)
			for _, value := range image {
				a.Noisy = append(a.Noisy, value+sigma*random.NormFloat64())
			}
		}
		if a.Denoised, err = subject.Denoiser(a.Noisy, sigma); err != nil {
			return nil, err
		}
		exact, err := Exact(m)(a.Noisy, sigma)
		if err != nil {
			return nil, err
		}
		toClean := func(images []float64) float64 {
			return meanOver(len(clean), func(n int) float64 { return math.Sqrt(meanSquare(images[n*d:(n+1)*d], clean[n])) })
		}
		a.Before, a.After, a.Exact = toClean(a.Noisy), toClean(a.Denoised), toClean(exact)
		_, before := nearestOf(known, a.Noisy)
		a.NearestImage, a.NearestAfter = nearestOf(known, a.Denoised)
		a.NearestBefore = before
		if subject.Jacobian != nil {
			if a.Slopes, err = SlopesAt(subject.Jacobian, a.Noisy[:min(sampling.Jacobians, len(clean))*d], d, sigma); err != nil {
				return nil, err
			}
		}
		approaches = append(approaches, a)
	}
	return approaches, nil
}

// nearestOf returns for each image the number of the nearest known one, and the mean distance to it, the root mean square of a value.
func nearestOf(known [][]float64, images []float64) (nearest []int, mean float64) {
	d := len(known[0])
	nearest = Parallel(len(images)/d, func(n int) int {
		best, least := 0, math.Inf(1)
		for k, other := range known {
			if distance := meanSquare(images[n*d:(n+1)*d], other); distance < least {
				best, least = k, distance
			}
		}
		return best
	})
	return nearest, meanOver(len(nearest), func(n int) float64 { return math.Sqrt(meanSquare(images[n*d:(n+1)*d], known[nearest[n]])) })
}

func meanOver(count int, value func(n int) float64) float64 {
	sum := 0.0
	for n := range count {
		sum += value(n)
	}
	return sum / float64(count)
}
