package data

import (
	"fmt"
	"math"
	"math/rand/v2"

	"tweedie/engine/picture"
	"tweedie/engine/score"
)

// MixturePrefix begins the names of the sources that draw from a prior of package score: mixture:ring8.
const MixturePrefix = "mixture:"

// mixtureSources draw from the priors that are known exactly. Images have 16 bits: a step is 1/65535 of the prior's range, which is nothing beside the noise. The same bits are
// drawn on machines of one architecture only: package score computes in float64 by the platform's functions.
func mixtureSources() []Source {
	var sources []Source
	for _, prior := range score.Priors() {
		sources = append(sources, Source{
			Name: MixturePrefix + prior.Name, Summary: prior.Summary + ", a distribution known exactly", Training: 1 << 17, Validation: 1000,
			Open: func(seed uint64, _ int) func(uint64) (*picture.Picture, int) {
				opened, err := prior.Open()
				if err != nil {
					panic(fmt.Errorf("the parameters of %s in this program: %w", prior.Name, err)) // its tests open each
				}
				return func(number uint64) (*picture.Picture, int) {
					p := picture.New(prior.Width, prior.Height, 1, 16)
					stored := opened.Stored(opened.Sample(rand.New(rand.NewPCG(seed, number))))
					for i, value := range stored {
						p.Planes[0][i] = uint16(math.RoundToEven(65535 * min(max(value, 0), 1)))
					}
					return p, noLabel
				}
			},
		})
	}
	return sources
}
