package noise

import (
	"fmt"
	"math"
	"strings"
)

// Fixed is a model at fixed parameters.
type Fixed struct {
	Model  Model
	Number int     // of the model
	Values Values  // in the model's units
	sigma  float64 // of the Gaussian model, in its key's unit: not rounded to float32
}

// Fix gives the model of a name at parameters in the keys' units; those that are absent have their defaults. A name that there is not, a key that
// the model has not and a value outside its range are errors.
func Fix(name string, given map[string]float64) (Fixed, error) {
	model, number, found := ByName(name)
	if !found {
		return Fixed{}, fmt.Errorf("there is no noise model %q; there are %s", name, strings.Join(Names(), ", "))
	}
	f, own := Fixed{Model: model, Number: number}, map[string]bool{}
	var keys []string
	for i, p := range model.Parameters {
		value, isGiven := given[p.Name]
		if !isGiven {
			value = p.Default
		}
		if !(value >= p.Low && value <= p.High) { // written so that NaN fails
			return Fixed{}, fmt.Errorf("%s %v is not between %v and %v", p.Name, value, p.Low, p.High)
		}
		if name == "gaussian" {
			f.sigma = value
		}
		f.Values[i] = float32(value / p.Scale)
		own[p.Name] = true
		keys = append(keys, p.Name)
	}
	for key := range given {
		if !own[key] {
			having := "it has no parameters"
			if len(keys) > 0 {
				having = "its parameters are " + strings.Join(keys, ", ")
			}
			return Fixed{}, fmt.Errorf("the noise model %s has no %s; %s", name, key, having)
		}
	}
	return f, nil
}

// AtStrength gives the model with noise so many times as strong as at its defaults.
func AtStrength(model Model, strength float64) (Fixed, error) {
	given := map[string]float64{}
	for _, p := range model.Parameters {
		given[p.Name] = p.Default * math.Pow(strength, p.Strength)
	}
	return Fix(model.Name, given)
}

// String names the parameters in the keys' units, such as "peak 30, sigma 10".
func (f Fixed) String() string {
	var list []string
	for i, p := range f.Model.Parameters {
		list = append(list, fmt.Sprintf("%s %.4g", p.Name, float64(f.Values[i])*p.Scale))
	}
	return strings.Join(list, ", ")
}

// Level is the model's, at these parameters.
func (f Fixed) Level() float32 { return f.Model.Level(f.Values) }

// Apply makes an image noisy (Model.Apply).
func (f Fixed) Apply(noisy, clean []float32, words *Words) {
	f.Model.Apply(noisy, clean, f.Values, words)
}

// Sigma is the standard deviation in units of 1/255, if the model is Gaussian.
func (f Fixed) Sigma() (sigma float64, isGaussian bool) {
	return f.sigma, f.Model.Name == "gaussian"
}
