package score

import (
	"math"
	"math/rand/v2"
)

// Channel is noise of any kind on one value: how y is drawn, and ln p(y|x), for a network that is told Level.
type Channel struct {
	Name          string // such as "peak 30"
	Level         float64
	Draw          func(x float64, index int) float64
	LogLikelihood func(y, x float64) float64
}

// VerifyLine is Verify for one value seen through channels of any kind. Of the findings, those that need Gaussian noise are not numbers, and Sigma is the channel's
// level.
func VerifyLine(l *Line, denoiser Denoiser, channels []Channel, sampling Sampling) ([]Finding, error) {
	var findings []Finding
	for _, c := range channels {
		draws := Parallel(sampling.Draws, func(i int) [3]float64 {
			y := c.Draw(l.Sample(rand.New(rand.NewPCG(sampling.Seed, uint64(i)))), i)
			_, mean, variance := l.Posterior(func(x float64) float64 { return c.LogLikelihood(y, x) })
			return [3]float64{y, mean, variance}
		})
		noisy, exact, variances := make([]float64, len(draws)), make([]float64, len(draws)), make([]float64, len(draws))
		for i, draw := range draws {
			noisy[i], exact[i], variances[i] = draw[0], draw[1], draw[2]
		}
		denoised, err := denoiser(noisy, c.Level)
		if err != nil {
			return nil, err
		}
		nan := math.NaN()
		f := Finding{Condition: c.Name, Sigma: c.Level, ScoreError: nan, Asymmetry: nan, Identity: nan, IdentityError: nan}
		f.BayesMSE, f.BayesUncertainty = MeanAndError(variances)
		f.Excess = meanSquare(denoised, exact)
		f.Gap = Decibels(f.BayesMSE, f.Excess)
		f.Suspicion = l.suspicion(f, c, noisy, denoised)
		findings = append(findings, f)
	}
	return findings, nil
}

// suspicion compares the answers with those of estimators that are not the posterior mean.
func (l *Line) suspicion(f Finding, c Channel, noisy, denoised []float64) string {
	if f.Gap < 0.01 {
		return ""
	}
	if meanSquare(denoised, noisy) < f.Excess/4 {
		return "it returns the noisy image: was it trained towards a noisy target?"
	}
	medians := Parallel(min(len(noisy), 500), func(i int) float64 {
		return l.Median(func(x float64) float64 { return c.LogLikelihood(noisy[i], x) })
	})
	if meanSquare(denoised[:len(medians)], medians) < f.Excess/2 {
		return "it answers the posterior median, not the mean: was it trained with the absolute error?"
	}
	return "it is near no estimator that is known: was its noise another one, its training stopped early, or is it too small?"
}

// Median is the posterior median of x, given ln p(y|x) as a function of x.
func (l *Line) Median(logLikelihood func(x float64) float64) float64 {
	logDensity, _, _ := l.Posterior(logLikelihood)
	below := 0.0
	for i, x := range l.points {
		if below += l.masses[i] * math.Exp(logLikelihood(x)-logDensity); below >= 0.5 {
			return x
		}
	}
	return l.points[len(l.points)-1]
}
