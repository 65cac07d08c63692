package engine

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"

	"tweedie/engine/data"
	"tweedie/engine/denoise"
	"tweedie/engine/random"
	"tweedie/engine/uncertainty"
)

// Uncertain is one channel of an image with what is known of it: black is 0 and white is 1.
type Uncertain struct {
	Height, Width int
	Noisy         []float32
	Denoised      []float32
	Deviations    []float32 // the posterior's standard deviation at each pixel
	Deviation     float64   // its root mean square
	VarianceError float64   // standard error of a pixel's variance by the probing, root mean square, in units of the mean variance; 0 if it is exact
	Floored       float64   // share of the pixels whose variance is the least that is claimed
	Components    []uncertainty.Component
}

// Probing is how Model.Uncertain measures.
type Probing struct {
	uncertainty.Probing
	Components, Iterations int // principal components, and iterations to find them
}

// DefaultProbing measures no components.
func DefaultProbing() Probing { return Probing{Probing: uncertainty.DefaultProbing(), Iterations: 20} }

// Uncertain denoises one channel with Gaussian noise of the standard deviation sigma, white being 1, and says how sure each pixel is.
func (m *Model) Uncertain(noisy []float32, height, width int, sigma float64, p Probing) (*Uncertain, error) {
	if !(sigma > 0) {
		return nil, errors.New("uncertainty needs a noise level above zero")
	}
	p.Radius = m.denoiser.Network().Radius
	batch, err := m.Batch(max(p.Batch, p.Components), height, width)
	if err != nil {
		return nil, err
	}
	u, err := uncertain(batch, noisy, height, width, sigma, p)
	return u, errors.Join(err, batch.Close())
}

func uncertain(batch *denoise.Batch, noisy []float32, height, width int, sigma float64, p Probing) (*Uncertain, error) {
	diagonal, err := p.Measure(batch.Product, noisy, height, width, sigma)
	if err != nil {
		return nil, err
	}
	u := &Uncertain{Height: height, Width: width, Noisy: noisy, Denoised: diagonal.Denoised}
	variances, floored := uncertainty.Variances(diagonal.Slopes, sigma)
	mean := 0.0
	for _, variance := range variances {
		u.Deviations = append(u.Deviations, float32(math.Sqrt(variance)))
		mean += variance / float64(len(variances))
	}
	u.Deviation, u.Floored = math.Sqrt(mean), float64(floored)/float64(len(variances))
	u.VarianceError = diagonal.Error * sigma * sigma / mean
	if p.Components > 0 {
		u.Components, err = uncertainty.Components(batch.Product, noisy, sigma, p.Components, p.Iterations, nil, p.Seed)
	}
	return u, err
}

// Calibrate compares the uncertainty that the model claims, with Gaussian noise of the standard deviation sigma, white being 1, with the errors that it makes: on
// the middle side x side pixels of count images, even in the set.
func (m *Model) Calibrate(set *data.Set, sigma float64, count, side int, seed uint64, p Probing) (uncertainty.Calibration, error) {
	count = min(count, len(set.Images))
	fail := func(err error) (uncertainty.Calibration, error) { return uncertainty.Calibration{}, err }
	if count < 1 || side < 1 || !(sigma > 0) {
		return fail(fmt.Errorf("%d images of %d pixels' side at sigma %v cannot be calibrated on", count, side, sigma))
	}
	for _, image := range set.Images {
		side = min(side, image.Height, image.Width)
	}
	p.Radius = m.denoiser.Network().Radius
	batch, err := m.Batch(p.Batch, side, side)
	if err != nil {
		return fail(err)
	}
	defer batch.Close()
	var predictions []uncertainty.Prediction
	floored := 0.0
	for n := range count {
		number := n * len(set.Images) / count
		image, samples := set.Images[number], set.EightBit(number)
		top, left := (image.Height-side)/2, (image.Width-side)/2
		clean, noisy := make([]float32, side*side), make([]float32, side*side)
		for i := range clean {
			clean[i] = float32(samples[(top+i/side)*image.Width+left+i%side]) / 255
			normal := random.Normals(random.Words(seed, random.Noise, 0, uint32(number), uint32(i/4)))[i%4]
			noisy[i] = clean[i] + float32(sigma*normal)
		}
		u, err := uncertain(batch, noisy, side, side, sigma, p)
		if err != nil {
			return fail(fmt.Errorf("%s: %w", filepath.Base(image.Name), err))
		}
		for i, deviation := range u.Deviations {
			difference := float64(u.Denoised[i]) - float64(clean[i])
			predictions = append(predictions, uncertainty.Prediction{Variance: float64(deviation) * float64(deviation), Square: difference * difference})
		}
		floored += u.Floored * float64(len(clean))
	}
	return uncertainty.Calibrate(predictions, int(math.Round(floored)))
}
