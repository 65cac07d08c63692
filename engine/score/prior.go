package score

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// Prior is a distribution of small images that is known exactly, so that a network trained on draws of it can be measured against the best possible answer.
// Mixture or Line is set if it is open.
type Prior struct {
	Name          string
	Summary       string // one line
	Height, Width int
	// Low and High are what black and white stand for: a value x is stored as the intensity (x - Low) / (High - Low). What lies outside is clipped, and is too
	// rare to matter.
	Low, High float64
	Mixture   *Mixture
	Line      *Line
	Manifold  *Manifold // what the images lie on or near, where that is known; else nil

	mixture func() (*Mixture, error)
	line    func() (*Line, error)
}

// Priors lists the priors that there are, not open. A new one is an entry here.
func Priors() []Prior {
	return []Prior{
		{Name: "ring8", Summary: "points of the plane: 8 Gaussians on a circle", Height: 1, Width: 2, Low: -2, High: 2, mixture: ring, Manifold: ringCentres()},
		{Name: "circle", Summary: "points of the plane: a circle of radius 1, evenly", Height: 1, Width: 2, Low: -2, High: 2, mixture: circle, Manifold: unitCircle()},
		{Name: "patches8", Summary: "8x8 pixels: 20 Gaussians fitted to photographs", Height: patchSide, Width: patchSide, Low: -1, High: 2, mixture: patches},
		{Name: "bumps", Summary: "one positive value: a narrow and a wide bump", Height: 1, Width: 1, Low: 0, High: 1, line: bumps},
	}
}

// OpenPrior finds a prior and opens it.
func OpenPrior(name string) (Prior, error) {
	var names []string
	for _, p := range Priors() {
		if p.Name == name {
			return p.Open()
		}
		names = append(names, p.Name)
	}
	return Prior{}, fmt.Errorf("there is no prior %q; there are %s", name, strings.Join(names, ", "))
}

// Open computes the prior's Mixture or Line.
func (p Prior) Open() (Prior, error) {
	var err error
	if p.line != nil {
		p.Line, err = p.line()
	} else {
		p.Mixture, err = p.mixture()
	}
	return p, err
}

// ring is eight Gaussians of deviation 0.1 and unequal weights on a circle of radius 1.
func ring() (*Mixture, error) {
	var components []Component
	for k, weight := range []float64{3, 1, 5, 2, 8, 4, 7, 6} {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / 8)
		components = append(components, Component{weight, []float64{cos, sin}, []float64{0.01, 0, 0, 0.01}})
	}
	return NewMixture(components)
}

// bumps is one positive value, of a narrow or a wide bump.
func bumps() (*Line, error) {
	return NewLine(0.02, 0.98, func(x float64) float64 {
		narrow, wide := (x-0.25)/0.05, (x-0.62)/0.1
		return 0.4/0.05*math.Exp(-narrow*narrow/2) + 0.6/0.1*math.Exp(-wide*wide/2)
	})
}

// Sample draws an image in the prior's unit.
func (p Prior) Sample(random *rand.Rand) []float64 {
	if p.Line != nil {
		return []float64{p.Line.Sample(random)}
	}
	return p.Mixture.Sample(random)
}

// Stored returns values as intensities from black, 0, to white, 1.
func (p Prior) Stored(values []float64) []float64 {
	stored := make([]float64, len(values))
	for i, value := range values {
		stored[i] = (value - p.Low) / (p.High - p.Low)
	}
	return stored
}

// Restored is the inverse of Stored.
func (p Prior) Restored(stored []float64) []float64 {
	values := make([]float64, len(stored))
	for i, value := range stored {
		values[i] = p.Low + (p.High-p.Low)*value
	}
	return values
}
