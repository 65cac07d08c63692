package noise

// transmission, called ct: photons that pass through matter.
//
//	y = -ln(max(k, 1) / photons) / attenuation,  k from Poisson(photons exp(-attenuation x))
//
// so that x is a path's length in matter of one attenuation, and y the line integral that a scanner computes of its counts. Photons is the mean
// count without matter, attenuation is dimensionless: the exponent where x = 1; a negative x is 0. It occurs in the projections of computed tomography
// (Hsieh 2009; Whiting 2002). Variance about exp(attenuation x) / (photons attenuation^2). The sampler is counts, and the two logarithms are the prescribed one.
func transmission() Model {
	return Model{
		Name: "ct", Summary: "-ln(Poisson(photons exp(-attenuation x)) / photons) / attenuation: CT projections",
		Parameters: []Parameter{
			{Name: "photons", Help: "photons of a ray that meets no matter, on average", Default: 1000, Low: 1, High: 1e6, Logarithmic: true, Scale: 1, Strength: -2},
			{Name: "attenuation", Help: "exponent of the attenuation at white", Default: 1, Low: 0.01, High: 20, Logarithmic: true, Scale: 1},
		},
		Level: func(v Values) float32 {
			return 1 / (squareRoot(v[0]*exponential(-v[1])) * v[1])
		},
		Sample: func(x float32, v Values, words *Words) float32 {
			if x != x {
				return x
			}
			k := counts(v[0]*exponential(-v[1]*max(x, 0)), words)
			return (logarithm(v[0]) - logarithm(max(k, 1))) / v[1]
		},
	}
}
