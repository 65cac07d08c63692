package noise

// gaussian: y = x + sigma n, n standard normal.
//
//	p(y|x) = exp(-(y-x)^2 / (2 sigma^2)) / (sqrt(2 pi) sigma)
//
// Integration by parts gives E[(y-x) f(y)] = sigma^2 E[f'(y)] for every f with a derivative almost everywhere that does not grow too fast (Stein 1981): v = sigma^2.
//
// Sigma is in units of the signal's range; the key is in 1/255 of it. It occurs as the read-out noise of cameras, and is the model of published
// denoisers (Zhang et al. 2017). The sampler is normal on two words.
// Programs whose only model this is take operation AddNoise, which draws the two values of a pair and is vectorised.
func gaussian() Model {
	return Model{
		Name: "gaussian", Summary: "x + sigma n: cameras, read-out", Parameters: []Parameter{sigma()},
		Level: func(v Values) float32 { return v[0] },
		Stein: func(_ float32, v Values) float32 { return float32(v[0] * v[0]) },
		Sample: func(x float32, v Values, words *Words) float32 {
			return x + float32(v[0]*words.Normal())
		},
	}
}

// sigma is the parameter of Gaussian noise.
func sigma() Parameter {
	return Parameter{
		Name: "sigma", Help: "standard deviation, where white is 255", Default: 25, High: 255, Exclusive: true, Scale: 255, Strength: 1,
	}
}
