package score

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Jacobian gives the products of a denoiser's Jacobian with directions, one for each image.
type Jacobian func(noisy, directions []float64, sigma float64) ([]float64, error)

// Subject is what Verify looks at.
type Subject struct {
	Denoiser Denoiser
	Jacobian Jacobian // nil if it has none, or none is wanted
}

// Finding is what Verify measured at one level of Gaussian noise. Errors are mean squares a value, in the square of the prior's unit.
type Finding struct {
	Condition string // such as "sigma 0.05"
	Sigma     float64
	// BayesMSE is that of the posterior mean D*, the best possible, and BayesUncertainty how far it may be off.
	BayesMSE, BayesUncertainty float64
	// Excess is E|D - D*|^2, by which the network's error is above the best: measured against D* itself, so that the noise of x is not in it.
	Excess float64
	// Gap is 10 log10((BayesMSE + Excess) / BayesMSE), in dB.
	Gap float64
	// ScoreError is sqrt(E|s_D - s|^2 / E|s|^2), with s_D = (D - y) / sigma^2.
	ScoreError float64
	// Asymmetry is |J - J^T| / |J| of the Jacobian, root mean squares over y: the posterior mean's Jacobian is a covariance over sigma^2. NaN without Jacobian.
	Asymmetry float64
	// Identity is sigma^2 E[div D] / E|x - D|^2, which is 1 for the posterior mean. IdentityError is its standard error. NaN without Jacobian.
	Identity, IdentityError float64
	// Deviations compares the standard deviations that the Jacobian claims with the posterior's. Count is 0 without Jacobian.
	Deviations Deviations
	// Suspicion says what the denoiser looks like if it is not the posterior mean; empty if nothing fits.
	Suspicion string
}

// Sampling says how many draws Verify takes.
type Sampling struct {
	Draws     int // of y at each level
	Jacobians int // of those, at how many the whole Jacobian is taken
	Seed      uint64
}

// Verify measures a denoiser against the posterior mean of a mixture, at levels of noise in the mixture's unit. Draws are the same at every level.
func Verify(m *Mixture, subject Subject, sigmas []float64, sampling Sampling) ([]Finding, error) {
	if sampling.Draws < 2 || len(sigmas) == 0 {
		return nil, errors.New("a verification needs a level of noise and two draws or more")
	}
	var findings []Finding
	for _, sigma := range sigmas {
		o := m.At(sigma)
		v, err := observe(o, subject, sampling)
		if err != nil {
			return nil, err
		}
		f := Finding{Condition: fmt.Sprintf("sigma %.4g", sigma), Sigma: sigma, Asymmetry: math.NaN(), Identity: math.NaN(), IdentityError: math.NaN()}
		f.BayesMSE, f.BayesUncertainty = o.BayesMSE(sampling.Draws, sampling.Seed)
		f.Excess = meanSquare(v.denoised, v.exact)
		f.Gap = Decibels(f.BayesMSE, f.Excess)
		f.ScoreError = math.Sqrt(f.Excess / meanSquare(v.exact, v.noisy))
		if subject.Jacobian != nil && sampling.Jacobians > 0 {
			if err := v.jacobian(&f, subject.Jacobian, sampling.Jacobians); err != nil {
				return nil, err
			}
			places := v.noisy[:min(sampling.Jacobians*m.dimension, len(v.noisy))]
			if m.dimension == 2 {
				places = o.likelyPlaces()
			}
			if f.Deviations, err = o.CompareDeviations(subject.Jacobian, places); err != nil {
				return nil, err
			}
		}
		f.Suspicion = v.suspicion(f)
		findings = append(findings, f)
	}
	return findings, nil
}

// Decibels is how far an error of so much more than the best is above it.
func Decibels(best, excess float64) float64 { return 10 * math.Log10((best+excess)/best) }

// verification is the draws at one level, images one after the other.
type verification struct {
	o                             *Observed
	clean, noisy, exact, denoised []float64
	denoiser                      Denoiser
}

func observe(o *Observed, subject Subject, sampling Sampling) (*verification, error) {
	v := &verification{o: o, denoiser: subject.Denoiser}
	draws := Parallel(sampling.Draws, func(i int) [3][]float64 {
		clean, noisy := o.Sample(rand.New(rand.NewPCG(sampling.Seed, uint64(i))))
		return [3][]float64{clean, noisy, o.Mean(noisy)}
	})
	for _, draw := range draws {
		v.clean, v.noisy, v.exact = append(v.clean, draw[0]...), append(v.noisy, draw[1]...), append(v.exact, draw[2]...)
	}
	var err error
	v.denoised, err = subject.Denoiser(v.noisy, o.sigma)
	return v, err
}

// jacobian takes the whole Jacobian at the first draws, a column for each value of an image.
func (v *verification) jacobian(f *Finding, jacobian Jacobian, count int) error {
	d := v.o.mixture.dimension
	count = min(count, len(v.noisy)/d)
	noisy := v.noisy[:count*d]
	columns, err := columnsOf(jacobian, noisy, d, v.o.sigma)
	if err != nil {
		return err
	}
	var skew, whole float64
	var divergences, errs []float64
	for n := range count {
		divergence := 0.0
		for i := range d {
			for j := range d {
				skew += square(columns[j][n*d+i] - columns[i][n*d+j])
				whole += square(columns[j][n*d+i])
			}
			divergence += columns[i][n*d+i] / float64(d)
		}
		at := v.noisy[n*d : (n+1)*d]
		// E|x - D|^2 given y is the posterior variance and |D - D*|^2: taken instead of x itself, it has less noise.
		errs = append(errs, v.o.Variance(at)+meanSquare(v.denoised[n*d:(n+1)*d], v.exact[n*d:(n+1)*d]))
		divergences = append(divergences, v.o.sigma*v.o.sigma*divergence)
	}
	f.Asymmetry = math.Sqrt(skew / whole)
	mean, _ := MeanAndError(errs)
	divergence, _ := MeanAndError(divergences)
	f.Identity = divergence / mean
	for i := range divergences { // the error of a ratio, to first order
		divergences[i] = (divergences[i] - f.Identity*errs[i]) / mean
	}
	_, f.IdentityError = MeanAndError(divergences)
	return nil
}

// suspicion compares the answers with those of estimators that are not the posterior mean.
func (v *verification) suspicion(f Finding) string {
	const clearly = 0.25 // of the excess is left if the suspicion explains the answers
	explains := func(other []float64) bool { return meanSquare(v.denoised, other) < clearly*f.Excess }
	d := v.o.mixture.dimension
	some := min(len(v.noisy), 500*d)
	if f.Gap < 0.01 {
		return ""
	}
	if explains(v.noisy) {
		return "it returns the noisy image: was it trained towards a noisy target?"
	}
	for _, factor := range []float64{0.5, 0.7, 1.4, 2} {
		other, err := Exact(v.o.mixture)(v.noisy[:some], factor*v.o.sigma)
		if err == nil && meanSquare(v.denoised[:some], other) < clearly*f.Excess {
			if factor < 1 {
				return "it answers as if the noise were weaker: was it trained at a lower sigma?"
			}
			return "it answers as if the noise were stronger: was it trained at a higher sigma?"
		}
	}
	medians := Parallel(some/d, func(i int) []float64 { return v.o.Median(v.noisy[i*d : (i+1)*d]) })
	var other []float64
	for _, median := range medians {
		other = append(other, median...)
	}
	if meanSquare(v.denoised[:some], other) < 0.5*meanSquare(v.denoised[:some], v.exact[:some]) {
		return "it answers the posterior median, not the mean: was it trained with the absolute error?"
	}
	return "it is near no estimator that is known: was its training stopped early, or is it too small?"
}

func square(value float64) float64 { return value * value }

// meanSquare is the mean over values of (a - b)^2.
func meanSquare(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += square(a[i] - b[i])
	}
	return sum / float64(len(a))
}
