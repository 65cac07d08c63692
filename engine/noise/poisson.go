package noise

// poisson: y = k / peak, where k counts photons of mean peak x (0 where x is negative).
//
//	P(k|x) = (peak x)^k exp(-peak x) / k!
//
// Peak is the mean count where x = 1. It occurs wherever photons are counted: dim light, fluorescence microscopy, emission tomography (Snyder, Hammoud
// & White 1993). Variance x / peak. The sampler is counts, below.
//
// From k P(k|x) = peak x P(k-1|x) follows E[x f(y)] = E[y f(y - 1/peak)], exactly (Hudson 1978). To first order in 1/peak this is v = y / peak (Luisier, Blu &
// Unser 2011), exact where f is linear between neighbouring counts.
func poisson() Model {
	return Model{
		Name: "poisson", Summary: "Poisson(peak x) / peak: photon counting", Parameters: []Parameter{peak()},
		Level:    func(v Values) float32 { return 1 / squareRoot(v[0]) },
		Anscombe: func(v Values) float32 { return 0.375 / v[0] }, // Anscombe 1948
		Stein:    func(y float32, v Values) float32 { return y / v[0] },
		Sample: func(x float32, v Values, words *Words) float32 {
			return counts(v[0]*x, words) / v[0]
		},
	}
}

// peak is the parameter of photon counting.
func peak() Parameter {
	return Parameter{
		Name: "peak", Help: "photons that are counted at white, on average", Default: 30, Low: 0.01, High: 1e6, Logarithmic: true, Scale: 1, Strength: -2,
	}
}

// counts draws from the Poisson distribution. The mean is 0 if negative; beyond 2^22, and if it is not a number, it is returned itself.
//
// Below a mean of 10 the count is how many numbers u in (0, 1] can be multiplied before the product is below exp(-mean) (Knuth 1969); else it is
// drawn by transformed rejection, algorithm PTRS of Hoermann 1993.
func counts(mean float32, words *Words) float32 {
	switch {
	case mean <= 0:
		return 0
	case !(mean < 1<<22):
		return mean
	case mean < 10:
		return fewCounts(mean, words)
	}
	return manyCounts(mean, words)
}

func fewCounts(mean float32, words *Words) float32 {
	limit, product := exponential(-mean), float32(1)
	for count := range attempts {
		product *= words.open()
		if product < limit {
			return float32(count)
		}
	}
	return notANumber()
}

// manyCounts is PTRS. The candidate is k = floor((2a/s + b) U + mean + 0.43), s = 1/2 - |U|, computed from the mean's integer part on so that
// it is exact for any mean; U = (odd integer below 2^24) / 2^24 - 1/2 never makes s zero.
func manyCounts(mean float32, words *Words) float32 {
	b := 0.931 + float32(2.53*squareRoot(mean))
	a := float32(0.02483*b) - 0.059
	inverse := 1.1239 + 1.1328/(b-3.4)
	quick := 0.9277 - 3.6224/(b-2)
	whole := floor(mean)
	rest := mean - whole + 0.43
	for range attempts {
		u := float32(words.next()>>8|1)*0x1p-24 - 0.5
		v := words.open()
		s := 0.5 - u
		if u < 0 {
			s = 0.5 + u
		}
		k := whole + floor(float32((2*a/s+b)*u)+rest)
		if s >= 0.07 && v <= quick {
			return k
		}
		if k < 0 || s < 0.013 && v > s {
			continue
		}
		if logarithm(v*inverse/(a/float32(s*s)+b)) <= logProbability(k, mean) {
			return k
		}
	}
	return notANumber()
}

// logProbability is ln P(k) for a mean of 10 or more, in the form of Loader 2000, which does not cancel: with n = k + 1 and w = (n-mean) / (n+mean)
//
//	ln P(k) = ln(n / (2 pi mean^2)) / 2 - S(n) - D(n)
//	S(n) = 1/(12n) - 1/(360n^3) + 1/(1260n^5)    the rest of Stirling's series, ln n! - ln(sqrt(2 pi n) (n/e)^n)
//	D(n) = n ln(n/mean) - (n-mean) = (n-mean) w + 2n (w^3/3 + w^5/5 + w^7/7 + w^9/9 + ...)
//
// by the series where |w| < 0.1. The error is below 1e-4 where P(k) is not negligible.
func logProbability(k, mean float32) float32 {
	n := k + 1
	difference := n - mean
	w := difference / (n + mean)
	var deviance float32
	if w < 0.1 && w > -0.1 {
		z := float32(w * w)
		p := float32(z*0.11111111) + 0.14285715
		p = float32(z*p) + 0.2
		p = float32(z*p) + 0.33333334
		deviance = float32(difference*w) + float32(2*n*float32(float32(z*w)*p))
	} else {
		deviance = float32(n*logarithm(n/mean)) - difference
	}
	reciprocal := 1 / n
	z := float32(reciprocal * reciprocal)
	stirling := float32(z*7.9365079e-4) - 2.7777778e-3
	stirling = float32(z*stirling) + 0.083333336
	return float32(0.5*logarithm(n/mean/mean*0.15915494)) - float32(reciprocal*stirling) - deviance
}
