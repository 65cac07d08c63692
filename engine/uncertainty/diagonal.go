// Package uncertainty says how sure a denoiser can be, from its Jacobian: where the noise is Gaussian and the network the posterior mean D, the posterior's
// covariance is sigma^2 times the Jacobian of D,
//
//	Cov[x | y] = sigma^2 dD(y)/dy
//
// (the second-order Tweedie formula: Efron 2011; Manor & Michaeli 2024). Its diagonal is each pixel's variance, its leading eigenvectors are the
// directions in which the image is least known.
package uncertainty

import (
	"errors"
	"fmt"
	"math"

	"tweedie/engine/random"
)

// Jacobian returns a denoiser's answers to images, one after the other, and how each moves when its image moves by a direction.
type Jacobian func(noisy, directions []float32, sigma float64) (denoised, products []float32, err error)

// Probing says how the diagonal of a Jacobian is measured. One product with a direction that is 1 or -1 on a grid of pixels gives the diagonal at all of them, each with
// what the others of the grid add: nothing, if they lie outside of its receptive field; else little, of random sign.
type Probing struct {
	Spacing int // of the grid, so that there are Spacing^2 products a round
	Rounds  int // with other signs each, at least 2 unless Spacing exceeds Radius
	Radius  int // of the receptive field, 0 if not known: no output depends on inputs further away
	Batch   int // directions in one call of the Jacobian
	Seed    uint64
}

// DefaultProbing is 64 directions, twice. On photographs and a U-Net, which sees some 40 pixels far, its error is some percent of a pixel's variance.
func DefaultProbing() Probing { return Probing{Spacing: 8, Rounds: 2, Batch: 4, Seed: 1} }

// Diagonal is the diagonal of a Jacobian at one image.
type Diagonal struct {
	Denoised []float32
	Slopes   []float32 // d D_i / d y_i
	// Error is the standard error of a slope, root mean square over the pixels, as the rounds differ; 0 if the diagonal is exact.
	Error float64
}

// Exact says whether the other pixels of a grid lie outside of each one's receptive field.
func (p Probing) Exact() bool { return p.Radius > 0 && p.Spacing > p.Radius }

// Measure measures the diagonal at an image.
func (p Probing) Measure(jacobian Jacobian, noisy []float32, height, width int, sigma float64) (Diagonal, error) {
	if height < 1 || width < 1 || len(noisy) != height*width || p.Spacing < 1 || p.Batch < 1 {
		return Diagonal{}, fmt.Errorf("uncertainty: %d values are no image of %d x %d, or the spacing %d or the batch %d is none", len(noisy), height, width, p.Spacing, p.Batch)
	}
	exact := p.Exact() || p.Spacing >= max(height, width)
	rounds := p.Rounds
	switch {
	case exact:
		rounds = 1
	case rounds < 2:
		return Diagonal{}, errors.New("uncertainty: one round does not tell its error; take two, or a spacing beyond the network's receptive field")
	}
	d := Diagonal{Slopes: make([]float32, len(noisy))}
	sums, squares := make([]float64, len(noisy)), 0.0
	for round := range rounds {
		slopes, err := p.round(jacobian, noisy, height, width, sigma, uint64(round), &d)
		if err != nil {
			return Diagonal{}, err
		}
		for i, slope := range slopes {
			// Welford's update, summed over the pixels.
			difference := slope - sums[i]/max(float64(round), 1)
			if round > 0 {
				squares += difference * difference * float64(round) / float64(round+1)
			}
			sums[i] += slope
		}
	}
	for i, sum := range sums {
		d.Slopes[i] = float32(sum / float64(rounds))
	}
	if rounds > 1 {
		d.Error = math.Sqrt(squares / float64(rounds-1) / float64(rounds) / float64(len(noisy)))
	}
	return d, nil
}

// round takes all grids once.
func (p Probing) round(jacobian Jacobian, noisy []float32, height, width int, sigma float64, round uint64, d *Diagonal) ([]float64, error) {
	sign := func(pixel int) float32 {
		return 1 - 2*float32(random.Words(p.Seed, random.Probes, round, 0, uint32(pixel/4))[pixel%4]>>31)
	}
	rows, columns := min(p.Spacing, height), min(p.Spacing, width)
	slopes := make([]float64, len(noisy))
	for first := 0; first < rows*columns; first += p.Batch {
		count := min(p.Batch, rows*columns-first)
		images, directions := make([]float32, 0, count*len(noisy)), make([]float32, count*len(noisy))
		visit := func(use func(at, pixel int)) {
			for k := range count {
				for y := (first + k) / columns; y < height; y += p.Spacing {
					for x := (first + k) % columns; x < width; x += p.Spacing {
						use(k*len(noisy)+y*width+x, y*width+x)
					}
				}
			}
		}
		for range count {
			images = append(images, noisy...)
		}
		visit(func(at, pixel int) { directions[at] = sign(pixel) })
		denoised, products, err := jacobian(images, directions, sigma)
		if err != nil {
			return nil, err
		}
		visit(func(at, pixel int) { slopes[pixel] = float64(products[at] * sign(pixel)) })
		d.Denoised = denoised[:len(noisy)]
	}
	return slopes, nil
}
