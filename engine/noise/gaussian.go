package noise

// gaussian: y = x + sigma n, n standard normal.
//
//	p(y|x) = exp(-(y-x)^2 / (2 sigma^2)) / (sqrt(2 pi) sigma)
//
// Sigma is in units of the signal's range; the key is in 1/255 of it. It occurs as the read-out noise of cameras, and is the model of published
// denoisers (Zhang et al. 2017). There is no sampler but the normal values of package random.
func gaussian() Model {
	return Model{
		Name: "gaussian", Summary: "x + sigma n: cameras, read-out", Parameters: []Parameter{sigma()},
		Level:   func(v Values) float32 { return v[0] },
		Sample:  func(x float32, _ Values, _ *Words) float32 { return x },
		ReadOut: func(v Values) float32 { return v[0] },
	}
}

// sigma is the parameter of Gaussian noise.
func sigma() Parameter {
	return Parameter{
		Name: "sigma", Help: "standard deviation, where white is 255", Default: 25, High: 255, Exclusive: true, Unit: 1. / 255,
	}
}

// noReadOut is that of models without additive noise.
func noReadOut(Values) float32 { return 0 }
