// Package noise holds the noise models: the distribution of a noisy value y given the clean one x, where black is 0 and white is 1. Each model has
// one file, with its density, the definition of its sampler, its units, where it occurs and where it is published; Models lists them.
//
// A sampler is one prescribed sequence of float32 operations, each rounded once and none fused, over the words that Words defines: every device
// draws the same bits. The functions that samplers take (logarithm, exponential, normal values) are prescribed in float32.go.
package noise

import "tweedie/engine/random"

// Values are a sample's parameters in the order of its model; what a model does not have is 0.
type Values [2]float32

// Model is a distribution of y given x. Its number is its index in Models, which devices dispatch on and programs carry: never renumber.
type Model struct {
	Name       string
	Summary    string // one line: y given x
	Parameters []Parameter

	// Level is the standard deviation of y where x = 1, in units of the signal's range: what a network with a noise map is told. For a
	// nonlinear model it is that of the linearised one.
	Level func(Values) float32

	// Anscombe, of models that count photons, is the offset c of the transform after which their noise is nearly the same at all intensities, 2 sqrt(peak)
	// sqrt(y + c); nil where there is none.
	Anscombe func(Values) float32

	// Stein is what turns the expectation of noise times an answer into one of the answer's slope, a function v of y alone with
	//
	//	E[(y - x) f(y) | x] = E[v(y) f'(y) | x]
	//
	// exactly (Gaussian: Stein 1981) or for answers f whose curvature over one photon, 1/peak, can be neglected (Poisson: Hudson 1978; Luisier, Blu &
	// Unser 2011). Its expectation is the variance of y. It is nil for models that have none, and one prescribed sequence of float32 operations else.
	Stein func(y float32, values Values) float32

	// Sample draws y given x. An x that is not a number gives a y that is not.
	Sample func(x float32, values Values, words *Words) float32
}

// Models lists the models by their numbers.
func Models() []Model {
	return []Model{gaussian(), poisson(), transmission(), poissonGaussian(), speckle(), rayleigh()}
}

// Names lists the models' names by their numbers.
func Names() []string {
	var names []string
	for _, model := range Models() {
		names = append(names, model.Name)
	}
	return names
}

// ByName finds a model and its number.
func ByName(name string) (model Model, number int, found bool) {
	for number, model := range Models() {
		if model.Name == name {
			return model, number, true
		}
	}
	return Model{}, 0, false
}

// Apply makes an image noisy, as a device does: element e takes the words that Words defines for the seed, stream, step and sample; which element words
// is at does not matter.
func (m Model) Apply(noisy, clean []float32, values Values, words *Words) {
	words.Begin(words.Step, words.Sample)
	for e, x := range clean {
		words.At(e)
		noisy[e] = m.Sample(x, values, words)
	}
}

// Words is the sequence of random words of one element of a sample: the word i, from 0 up, is the word Element mod 4 of Philox at the counter
// (Element/4, Sample, Step, Stream << 24 | i).
type Words struct {
	Seed            uint64
	Stream          random.Stream
	Step            uint64
	Sample, Element uint32

	attempt uint32      // of the next word
	drawn   [][4]uint32 // of the block of four elements, by attempt: neighbours share them
}

// Begin moves to another sample's words.
func (w *Words) Begin(step uint64, sample uint32) {
	w.Step, w.Sample, w.drawn = step, sample, w.drawn[:0]
}

// At moves to the beginning of another element's words.
func (w *Words) At(element int) {
	if w.Element/4 != uint32(element)/4 {
		w.drawn = w.drawn[:0]
	}
	w.Element, w.attempt = uint32(element), 0
}

// next returns the next word.
func (w *Words) next() uint32 {
	if uint32(len(w.drawn)) == w.attempt {
		w.drawn = append(w.drawn, random.Attempt(w.Seed, w.Stream, w.Step, w.Sample, w.Element/4, w.attempt))
	}
	w.attempt++
	return w.drawn[w.attempt-1][w.Element%4]
}

// Normal returns the normal value of the next two words.
func (w *Words) Normal() float32 {
	word0, word1 := w.next(), w.next()
	return normal(word0, word1)
}

// open returns (floor(word/2^8) + 1) / 2^24 of the next word: one of 2^24 values in (0, 1], exactly.
func (w *Words) open() float32 { return float32(w.next()>>8+1) * 0x1p-24 }

// attempts bounds the rounds of every sampler, so that it ends whatever its parameters are; those that are not numbers give a result that is
// not a number. A round of rejection accepts with probability 0.8 or more, and a count of mean 10 is below 100 but for 1e-62.
const attempts = 100
