package noise

// rayleigh: y = x r, where r has the Rayleigh distribution of mean 1.
//
//	p(r) = (pi/2) r exp(-pi r^2 / 4)
//
// It has no parameters. It occurs as the amplitude of ultrasound and of radar of one look (Burckhardt 1978): the square root of an exponential
// intensity. Variance x^2 (4/pi - 1). The sampler is the inverse of the distribution function: r = sqrt(-(4/pi) ln u), u in (0, 1] from one word.
func rayleigh() Model {
	return Model{
		Name: "rayleigh", Summary: "x times Rayleigh of mean 1: ultrasound amplitude, one look",
		Level: func(Values) float32 { return 0.52272321 }, // sqrt(4/pi - 1)
		Sample: func(x float32, _ Values, words *Words) float32 {
			return x * squareRoot(-1.2732395*logarithm(words.open()))
		},
	}
}
