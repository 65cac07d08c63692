package noise

// speckle: y = x g, where g has the Gamma distribution of shape looks and mean 1.
//
//	p(g) = looks^looks g^(looks-1) exp(-looks g) / Gamma(looks)
//
// Looks is the number of independent intensities that were averaged. It occurs in synthetic aperture radar and in ultrasound intensity (Goodman 1976).
// Variance x^2 / looks. The sampler is gamma, below.
func speckle() Model {
	return Model{
		Name: "speckle", Summary: "x times Gamma(looks, 1/looks): radar, ultrasound intensity",
		Parameters: []Parameter{
			{Name: "looks", Help: "independent intensities that were averaged", Default: 4, Low: 0.1, High: 1000, Logarithmic: true, Scale: 1, Strength: -2},
		},
		Level:  func(v Values) float32 { return 1 / squareRoot(v[0]) },
		Sample: func(x float32, v Values, words *Words) float32 { return x * (gamma(v[0], words) / v[0]) },
	}
}

// gamma draws from the Gamma distribution of scale 1, shape 0.1 to 1000, by Marsaglia & Tsang 2000: with a the shape, d = a - 1/3 and c = 1/sqrt(9d),
//
//	repeat  x normal, u in (0, 1], v = (1 + c x)^3
//	until   v > 0 and (u < 1 - 0.0331 x^4 or ln u < x^2/2 + d (1 - v + ln v))
//	return  d v
//
// Three words a round: two for x, one for u. A shape below 1 is drawn as that of shape + 1 times u^(1/shape), u from one more word.
func gamma(shape float32, words *Words) float32 {
	a := shape
	if shape < 1 {
		a++
	}
	d := a - 0.33333334
	c := 1 / squareRoot(9*d)
	for range attempts {
		x := words.Normal()
		u := words.open()
		v := 1 + float32(c*x)
		if !(v > 0) {
			continue
		}
		v = float32(v*v) * v
		square := float32(x * x)
		if !(u < 1-float32(float32(0.0331*square)*square)) &&
			!(logarithm(u) < float32(0.5*square)+float32(d*((1-v)+logarithm(v)))) {
			continue
		}
		if shape < 1 {
			return d * v * exponential(logarithm(words.open())/shape)
		}
		return d * v
	}
	return notANumber()
}
