package score

// Denoiser estimates clean images from noisy ones: any number of images, one after the other, at noise of standard deviation sigma. A blind denoiser does not look
// at sigma. The answer is a slice of its own.
type Denoiser func(noisy []float64, sigma float64) ([]float64, error)

// Exact is the denoiser that answers the posterior mean of a mixture.
func Exact(m *Mixture) Denoiser {
	return func(noisy []float64, sigma float64) ([]float64, error) {
		d := m.dimension
		o := m.At(sigma)
		means := Parallel(len(noisy)/d, func(i int) []float64 { return o.Mean(noisy[i*d : (i+1)*d]) })
		denoised := make([]float64, 0, len(noisy))
		for _, mean := range means {
			denoised = append(denoised, mean...)
		}
		return denoised, nil
	}
}
