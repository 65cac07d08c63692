package noise

// poissonGaussian: y = k / peak + sigma n, where k counts photons of mean peak x and n is standard normal.
//
//	p(y|x) = sum over k of P(k|x) exp(-(y - k/peak)^2 / (2 sigma^2)) / (sqrt(2 pi) sigma)
//
// Peak is the mean count where x = 1; sigma is in units of the signal's range, its key in 1/255. It occurs in every sensor that counts photons and
// is read out by an amplifier (Foi, Trimeche, Katkovnik & Egiazarian 2008). Variance x / peak + sigma^2. The sampler is counts of
// poisson.go, then normal on the next two words.
//
// E[x f(y)] = E[y f(y-1/peak) - sigma^2 f'(y-1/peak)], exactly; to first order in 1/peak this is v = y / peak + sigma^2 (Luisier, Blu & Unser 2011). Le Montagner,
// Angelini & Olivo-Marin 2014 keep the term sigma^2 f”/peak, too, which is zero almost everywhere for networks of convolutions and rectifiers.
func poissonGaussian() Model {
	return Model{
		Name: "poisson-gaussian", Summary: "Poisson(peak x) / peak + sigma n: sensors in low light", Parameters: []Parameter{peak(), sigma()},
		Level:    func(v Values) float32 { return squareRoot(1/v[0] + float32(v[1]*v[1])) },
		Anscombe: func(v Values) float32 { return 0.375/v[0] + float32(float32(v[1]*v[1])*v[0]) }, // Starck, Murtagh & Bijaoui 1998
		Stein:    func(y float32, v Values) float32 { return y/v[0] + float32(v[1]*v[1]) },
		Sample: func(x float32, v Values, words *Words) float32 {
			signal := counts(v[0]*x, words) / v[0]
			return signal + float32(v[1]*words.Normal())
		},
	}
}
