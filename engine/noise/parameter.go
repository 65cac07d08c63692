package noise

// Parameter is a key of a model.
type Parameter struct {
	Name    string
	Help    string  // one line: what it is, in which unit
	Default float64 // in the unit of the key, as Low and High
	Low     float64
	High    float64
	// Exclusive says that Low alone leaves no noise: a range may begin there, a single value is above.
	Exclusive bool
	// Logarithmic parameters are scales: a range is drawn from uniformly in the logarithm.
	Logarithmic bool
	// Scale is how many of the key's units are one of the model's: 255 for deviations in levels of 255.
	Scale float64
	// Strength is the power of the noise's deviation that the parameter follows: noise twice as strong has a sigma of 2 times, and a peak of 2^-2 times.
	Strength float64
}

// Range is the interval [From, To] of the parameter, in the key's unit, from which a value is drawn for each sample.
func (p Parameter) Range(from, to float64) Range {
	return Range{From: float32(from / p.Scale), To: float32(to / p.Scale), Logarithmic: p.Logarithmic}
}

// Range is an interval of a parameter in the model's unit.
type Range struct {
	From, To    float32
	Logarithmic bool
}

// At is the value at the share u in [0, 1) of the range, by one prescribed sequence of float32 operations:
//
//	From                                 if From = To
//	From + (To-From) u                   or, if Logarithmic,
//	exp(ln From + (ln To - ln From) u)   but at least From and at most To
func (r Range) At(u float32) float32 {
	if r.From == r.To {
		return r.From
	}
	if !r.Logarithmic {
		return r.From + float32((r.To-r.From)*u)
	}
	origin, span := r.Logarithm()
	return min(max(exponential(origin+float32(span*u)), r.From), r.To)
}

// Logarithm is ln From and ln To - ln From, as At takes them.
func (r Range) Logarithm() (origin, span float32) {
	origin = logarithm(r.From)
	return origin, logarithm(r.To) - origin
}

// MostComponents is how many models the samples of a program may be drawn from.
const MostComponents = 8

// Component is a model whose parameters are drawn for each sample.
type Component struct {
	Model  int // its number
	Ranges [2]Range
	// Until is the share of the samples that take this component or one before it; 1 for the last.
	Until float32
}

// Condition is what a sample's noise is drawn with.
type Condition struct {
	Model  int
	Values Values
	Level  float32
}

// Draw chooses a sample's component and parameters: the first component whose Until is above Uniform(words[2]), and in its ranges the values at
// Uniform(words[0]) and Uniform(words[1]).
func Draw(models []Model, components []Component, shares [3]float32) Condition {
	chosen := 0
	for chosen < len(components)-1 && !(shares[2] < components[chosen].Until) {
		chosen++
	}
	c := Condition{Model: components[chosen].Model}
	for i, r := range components[chosen].Ranges {
		c.Values[i] = r.At(shares[i])
	}
	c.Level = models[c.Model].Level(c.Values)
	return c
}
