package engine

import (
	"fmt"
	"math"

	"tweedie/engine/denoise"
	"tweedie/engine/noise"
	"tweedie/engine/random"
	"tweedie/engine/score"
)

// The bounds that a network must keep to count as the posterior mean.
const (
	MostGapPlane   = 0.05 // dB above the Bayes MSE, for points of the plane
	MostGap        = 0.1  // dB, for larger images and single values
	MostScoreError = 0.05 // relative, where sigma is at least the smallest deviation of any component
	MostDeviation  = 0.05 // relative, of a standard deviation, wherever p(y) is at least a hundredth of its largest value in the plane; beyond, root mean square
)

// Levels is how many levels of a range of noise are checked where none are named.
const Levels = 10

// Verification says how a network is to be verified.
type Verification struct {
	Prior    string // of score.Priors
	Noise    noise.Model
	Values   []float64 // levels of the model's first parameter: of Gaussian noise sigma, in the prior's unit; of others in their key's unit
	Sampling score.Sampling
	// Uncertainty holds the standard deviations that the Jacobian claims to MostDeviation, too. It needs a mixture and Jacobians.
	Uncertainty bool
}

// Verified is what a verification found.
type Verified struct {
	Prior    score.Prior
	Noise    string
	Findings []score.Finding
	MostGap  float64  // the bound, in dB
	Failures []string // what is off, in words; empty if the network passes
}

// Verify measures the model against the posterior mean of a prior that is known exactly.
func (m *Model) Verify(v Verification) (*Verified, error) {
	prior, err := score.OpenPrior(v.Prior)
	if err != nil {
		return nil, err
	}
	batch, err := m.Batch(min(v.Sampling.Draws, 512), prior.Height, prior.Width)
	if err != nil {
		return nil, err
	}
	defer batch.Close()
	denoiser, jacobian := DenoiserOf(batch, prior)
	if v.Uncertainty && (prior.Mixture == nil || v.Sampling.Jacobians == 0) {
		return nil, fmt.Errorf("the covariance of the posterior is held against the Jacobian where the prior is a mixture and the Jacobian is taken; %s is none, or none is taken", v.Prior)
	}
	verified := &Verified{Prior: prior, Noise: v.Noise.Name, MostGap: MostGap}
	if prior.Line != nil {
		channels, err := channelsOf(v.Noise, v.Values, v.Sampling.Seed)
		if err != nil {
			return nil, err
		}
		verified.Findings, err = score.VerifyLine(prior.Line, denoiser, channels, v.Sampling)
		return verified.judge(v.Uncertainty), err
	}
	if v.Noise.Name != "gaussian" {
		return nil, fmt.Errorf("the prior %s is known exactly under gaussian noise only, not under %s", v.Prior, v.Noise.Name)
	}
	if prior.Mixture.Dimension() == 2 {
		verified.MostGap = MostGapPlane
	}
	verified.Findings, err = score.Verify(prior.Mixture, score.Subject{Denoiser: denoiser, Jacobian: jacobian}, v.Values, v.Sampling)
	return verified.judge(v.Uncertainty), err
}

// judge lists the bounds that are broken. A finding that is not a number breaks its bound.
func (v *Verified) judge(uncertainty bool) *Verified {
	for _, f := range v.Findings {
		why := ""
		if f.Suspicion != "" {
			why = "; " + f.Suspicion
		}
		if !(f.Gap <= v.MostGap) {
			v.Failures = append(v.Failures, fmt.Sprintf("%s: %.3f dB above the Bayes MSE, more than %v%s", f.Condition, f.Gap, v.MostGap, why))
			continue
		}
		bounded := v.Prior.Mixture != nil && f.Sigma >= v.Prior.Mixture.SmallestDeviation()*(1-1e-9)
		if bounded && !(f.ScoreError <= MostScoreError) {
			v.Failures = append(v.Failures, fmt.Sprintf("%s: the score is %.1f %% off, more than %v%s", f.Condition, 100*f.ScoreError, 100*MostScoreError, why))
			continue
		}
		if uncertainty && !(v.DeviationError(f) <= MostDeviation) {
			v.Failures = append(v.Failures, fmt.Sprintf("%s: %s, more than %v", f.Condition, v.deviation(f), 100*MostDeviation))
		}
	}
	return v
}

// DeviationError is what MostDeviation bounds: in the plane the largest error of a standard deviation wherever p(y) is at least score.Likely of its largest value, beyond it
// the root mean square over draws.
func (v *Verified) DeviationError(f score.Finding) float64 {
	if v.Prior.Mixture != nil && v.Prior.Mixture.Dimension() == 2 {
		return f.Deviations.Most
	}
	return f.Deviations.RMS
}

// deviation says it in words.
func (v *Verified) deviation(f score.Finding) string {
	d := f.Deviations
	if v.Prior.Mixture.Dimension() == 2 {
		return fmt.Sprintf("the standard deviation that the Jacobian claims is %.1f %% off at (%.2f, %.2f)", 100*d.Most, d.Where[0], d.Where[1])
	}
	return fmt.Sprintf("the standard deviations that the Jacobian claims are %.1f %% off, root mean square", 100*d.RMS)
}

// DenoiserOf is a model's batch as a denoiser of images in a prior's unit, with its Jacobian.
func DenoiserOf(batch *denoise.Batch, prior score.Prior) (score.Denoiser, score.Jacobian) {
	span := prior.High - prior.Low
	denoiser := func(noisy []float64, sigma float64) ([]float64, error) {
		denoised, err := batch.Denoise(narrow(prior.Stored(noisy)), sigma/span)
		return prior.Restored(wide(denoised)), err
	}
	jacobian := func(noisy, directions []float64, sigma float64) ([]float64, error) { // the unit cancels
		_, products, err := batch.Product(narrow(prior.Stored(noisy)), narrow(directions), sigma/span)
		return wide(products), err
	}
	return denoiser, jacobian
}

func narrow(values []float64) []float32 {
	result := make([]float32, len(values))
	for i, value := range values {
		result[i] = float32(value)
	}
	return result
}

func wide(values []float32) []float64 {
	result := make([]float64, len(values))
	for i, value := range values {
		result[i] = float64(value)
	}
	return result
}

// channelsOf are a noise model's at values of its first parameter, for a prior whose unit is the intensity.
func channelsOf(model noise.Model, values []float64, seed uint64) ([]score.Channel, error) {
	var channels []score.Channel
	for _, value := range values {
		fixed, err := noise.Fix(model.Name, map[string]float64{model.Parameters[0].Name: value})
		if err != nil {
			return nil, err
		}
		likelihood, known := likelihoods()[model.Name]
		if !known {
			return nil, fmt.Errorf("the posterior under %s noise is not known exactly here; it is under gaussian, poisson and speckle", model.Name)
		}
		parameter := float64(fixed.Values[0])
		channels = append(channels, score.Channel{
			Name: fixed.String(), Level: float64(fixed.Level()),
			Draw: func(x float64, index int) float64 {
				noisy := []float32{0}
				fixed.Apply(noisy, []float32{float32(x)}, &noise.Words{Seed: seed, Stream: random.Noise, Sample: uint32(index)})
				return float64(noisy[0])
			},
			LogLikelihood: func(y, x float64) float64 { return likelihood(y, x, parameter) },
		})
	}
	return channels, nil
}

// likelihoods are ln p(y|x), but for terms without x, of the noise models whose posterior is integrated.
func likelihoods() map[string]func(y, x, parameter float64) float64 {
	return map[string]func(y, x, parameter float64) float64{
		"gaussian": func(y, x, sigma float64) float64 { return -(y - x) * (y - x) / (2 * sigma * sigma) },
		"poisson":  func(y, x, peak float64) float64 { return peak*y*math.Log(peak*x) - peak*x },
		"speckle":  func(y, x, looks float64) float64 { return -looks*math.Log(x) - looks*y/x },
	}
}
