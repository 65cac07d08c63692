package score

import (
	"math"
	"math/rand/v2"
)

// Observed is a mixture seen through Gaussian noise: y = x + sigma n. Its density is again a mixture, of N(mean_k, covariance_k + sigma^2 I), so
// that all of these are finite sums, computed by log-sum-exp. It is safe for concurrent use.
type Observed struct {
	mixture *Mixture
	sigma   float64
	seen    []seen
}

// seen is one component through the noise. A point has one precision and one gain for all axes.
type seen struct {
	logarithm  float64   // ln of weight and normalisation
	precisions []float64 // 1 / (variance + sigma^2) on each axis
	gains      []float64 // variance / (variance + sigma^2)
}

// At returns the mixture seen through noise of standard deviation sigma, in the unit of x. Sigma is positive, or 0 where every covariance has full rank;
// other values give a density that is not a number.
func (m *Mixture) At(sigma float64) *Observed {
	o := &Observed{mixture: m, sigma: sigma}
	d := float64(m.dimension)
	for _, c := range m.components {
		s := seen{logarithm: math.Log(c.weight) - d/2*math.Log(2*math.Pi)}
		if c.axes == nil {
			s.precisions = []float64{1 / (sigma * sigma)}
			s.logarithm -= d * math.Log(sigma)
		}
		for _, variance := range c.variances {
			total := variance + sigma*sigma
			s.precisions = append(s.precisions, 1/total)
			s.gains = append(s.gains, variance/total)
			s.logarithm -= math.Log(total) / 2
		}
		o.seen = append(o.seen, s)
	}
	return o
}

// Sigma is the noise's standard deviation.
func (o *Observed) Sigma() float64 { return o.sigma }

// residuals are y - mean_k in the component's axes, and none for a point; and the sum of their squares times the precisions.
func (o *Observed) residuals(k int, y []float64) (residuals []float64, square float64) {
	c, precisions := &o.mixture.components[k], o.seen[k].precisions
	if c.axes == nil {
		for i, mean := range c.mean {
			square += (y[i] - mean) * (y[i] - mean)
		}
		return nil, square * precisions[0]
	}
	residuals = make([]float64, len(y))
	for i, axis := range c.axes {
		for j, value := range axis {
			residuals[i] += value * (y[j] - c.mean[j])
		}
		square += residuals[i] * residuals[i] * precisions[i]
	}
	return residuals, square
}

// responsibilities returns ln p(y), the probability of each component given y, and the residuals of each.
func (o *Observed) responsibilities(y []float64) (logDensity float64, shares []float64, residuals [][]float64) {
	shares, residuals = make([]float64, len(o.seen)), make([][]float64, len(o.seen))
	largest := math.Inf(-1)
	for k, s := range o.seen {
		var square float64
		residuals[k], square = o.residuals(k, y)
		shares[k] = s.logarithm - square/2
		largest = max(largest, shares[k])
	}
	sum := 0.0
	for k := range shares {
		shares[k] = math.Exp(shares[k] - largest)
		sum += shares[k]
	}
	for k := range shares {
		shares[k] /= sum
	}
	return largest + math.Log(sum), shares, residuals
}

// Responsibilities are the probabilities of the components given y: for a finite set, of its images.
func (o *Observed) Responsibilities(y []float64) []float64 {
	_, shares, _ := o.responsibilities(y)
	return shares
}

// LogDensity is ln p(y).
func (o *Observed) LogDensity(y []float64) float64 {
	logDensity, _, _ := o.responsibilities(y)
	return logDensity
}

// Score is the gradient of ln p(y):
//
//	s(y) = - sum over k of r_k(y) (covariance_k + sigma^2 I)^-1 (y - mean_k),   r_k the responsibilities
func (o *Observed) Score(y []float64) []float64 {
	_, shares, residuals := o.responsibilities(y)
	score := make([]float64, len(y))
	for k, s := range o.seen {
		for i, axis := range o.axes(k) {
			addScaled(score, -shares[k]*s.precisions[i]*residuals[k][i], axis)
		}
		if o.axes(k) == nil {
			addScaled(score, shares[k]*s.precisions[0], o.mixture.components[k].mean)
			addScaled(score, -shares[k]*s.precisions[0], y)
		}
	}
	return score
}

func (o *Observed) axes(k int) [][]float64 { return o.mixture.components[k].axes }

// Mean is the posterior mean E[x|y], which no estimator beats in mean squared error:
//
//	D*(y) = sum over k of r_k(y) m_k(y),   m_k = mean_k + covariance_k (covariance_k + sigma^2 I)^-1 (y - mean_k)
func (o *Observed) Mean(y []float64) []float64 {
	mean, _, _ := o.moments(y)
	return mean
}

// moments returns E[x|y], the probability of each component given y, and E[x|y] if x is of that component; nil for a component of probability 0.
func (o *Observed) moments(y []float64) (mean, shares []float64, means [][]float64) {
	_, shares, residuals := o.responsibilities(y)
	mean, means = make([]float64, len(y)), make([][]float64, len(shares))
	for k, share := range shares {
		if share == 0 {
			continue
		}
		means[k] = o.mixture.components[k].mean
		if axes := o.axes(k); axes != nil {
			means[k] = append([]float64(nil), means[k]...)
			for i, axis := range axes {
				addScaled(means[k], o.seen[k].gains[i]*residuals[k][i], axis)
			}
		}
		addScaled(mean, share, means[k])
	}
	return mean, shares, means
}

// Variance is the mean over the d values of their posterior variances, trace Cov[x|y] / d: the squared error, a value, that is left at y.
func (o *Observed) Variance(y []float64) float64 {
	mean, shares, means := o.moments(y)
	total := 0.0
	for k, share := range shares {
		if share == 0 {
			continue
		}
		inside := 0.0 // of the component: sigma^2 times the gains
		for _, gain := range o.seen[k].gains {
			inside += o.sigma * o.sigma * gain
		}
		between := 0.0
		for i := range mean {
			between += (means[k][i] - mean[i]) * (means[k][i] - mean[i])
		}
		total += share * (inside + between)
	}
	return total / float64(len(y))
}

// Covariance is the posterior covariance, d x d values row by row:
//
//	Cov[x|y] = sum over k of r_k (C_k + (m_k - D*)(m_k - D*)^T),   C_k = sigma^2 covariance_k (covariance_k + sigma^2 I)^-1
func (o *Observed) Covariance(y []float64) []float64 {
	mean, shares, means := o.moments(y)
	d := len(y)
	covariance := make([]float64, d*d)
	outer := func(scale float64, v []float64) {
		for i := range d {
			addScaled(covariance[i*d:(i+1)*d], scale*v[i], v)
		}
	}
	difference := make([]float64, d)
	for k, share := range shares {
		if share == 0 {
			continue
		}
		for i, axis := range o.axes(k) {
			outer(share*o.sigma*o.sigma*o.seen[k].gains[i], axis)
		}
		for i := range mean {
			difference[i] = means[k][i] - mean[i]
		}
		outer(share, difference)
	}
	return covariance
}

// Sample draws a clean image and what is seen of it.
func (o *Observed) Sample(random *rand.Rand) (clean, noisy []float64) {
	clean = o.mixture.Sample(random)
	noisy = make([]float64, len(clean))
	for i := range noisy {
		noisy[i] = clean[i] + o.sigma*random.NormFloat64()
	}
	return clean, noisy
}
