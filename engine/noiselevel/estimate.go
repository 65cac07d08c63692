package noiselevel

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Kind is a form of the noise's variance as a function of the intensity x.
type Kind int

// The kinds.
const (
	Gaussian        Kind = iota // constant
	Poisson                     // slope x
	PoissonGaussian             // constant + slope x
	Automatic                   // for Picture: the simplest of them that the image does not contradict
)

// Estimate is the variance constant + slope x of the noise at the intensity x, of signals in [0, 1], with standard errors. The slope is one by the peak.
type Estimate struct {
	Kind                      Kind
	Constant, Slope           float64
	ConstantError, SlopeError float64
	Chosen, Patches           int // flat patches that were measured, of all
}

// Sigma is the constant part's standard deviation and its error, of signals in [0, 1].
func (e Estimate) Sigma() (sigma, standardError float64) {
	sigma = math.Sqrt(e.Constant)
	return sigma, e.ConstantError / (2 * sigma)
}

// Peak is the number of photons at white and its error.
func (e Estimate) Peak() (peak, standardError float64) {
	return 1 / e.Slope, e.SlopeError / (e.Slope * e.Slope)
}

// Image is one channel of gray values in [0, 1], row by row.
type Image struct {
	Samples       []float32
	Height, Width int
}

const (
	mostPatches  = 1 << 16
	leastPatches = 100
	rounds       = 12 // of choosing flat patches and of fitting; estimates settle within six
	fewRounds    = 3  // from an estimate that is near
	// Flat patches have a texture up to these quantiles of what noise alone has, as those of the normal distribution: not all flat ones are needed, and slight
	// texture hides among them. The stricter choice is compared with.
	flatQuantile, strictQuantile = 0.0, -0.7
)

// margins are how near a cut, in the noise's deviations, the mean of a patch may be: the first with enough flat patches. Nearer, the noise is less normal, so
// that choosing by texture moves what is measured, by 1 to 3 %, and at last it tells nothing.
func margins() []float64 { return []float64{2, 1.2, 0.6} }

// Of estimates the noise of images that have the same, such as the channels of one picture. Clipped says that values beyond black and white were cut, as files hold
// them; what is then missing of the noise near both is allowed for. The method: the mean square of the highest cosine coefficients of flat patches, which
// are chosen by their lower ones, in turn with the fit of the variance over intensity; Liu, Tanaka & Okutomi (2013) choose by gradients, and Foi, Trimeche,
// Katkovnik & Egiazarian (2008) fit wavelets' details. Errors are by the jackknife over parts of the image (Tukey 1958), together with how far
// the estimate moves when fewer and flatter patches are chosen, which is how texture shows.
func Of(images []Image, kind Kind, clipped bool) (Estimate, error) {
	patches, err := all(images)
	if err != nil {
		return Estimate{}, err
	}
	f := fit{kind: kind, patches: patches}
	flattest := patches
	if clipped {
		f.clipping = newClipping()
		flattest = slices.DeleteFunc(slices.Clone(patches), func(p patch) bool { return p.extremes > side*side/2 })
	}
	if len(flattest) < leastPatches {
		return Estimate{}, errors.New("nearly all of the image is black or white; use one that is exposed better")
	}
	// It begins with the flattest patches whatever their intensity.
	flattest = flattest[:max(leastPatches, len(flattest)/20)]
	first := Estimate{Constant: meanEnergy(flattest)}
	var whole Estimate
	for _, f.margin = range margins() {
		if whole = f.run(f.solve(flattest, first), flatQuantile, rounds, -1); whole.Chosen > leastPatches || !clipped {
			break
		}
	}
	if whole.Chosen == 0 {
		return Estimate{}, errors.New("the image has too few flat places between black and white; use another one of the same camera")
	}
	whole.Kind, whole.Patches = kind, len(patches)
	stricter := f.run(whole, strictQuantile, rounds, -1)
	if stricter.Chosen == 0 {
		stricter = first
	}
	constant, slope, parts := 0.0, 0.0, 0.0
	for block := range blocks * blocks {
		if part := f.run(whole, flatQuantile, fewRounds, block); part.Chosen > 0 {
			parts++
			constant += (part.Constant - whole.Constant) * (part.Constant - whole.Constant)
			slope += (part.Slope - whole.Slope) * (part.Slope - whole.Slope)
		}
	}
	share := (parts - 1) / max(parts, 1)
	whole.ConstantError = math.Hypot(math.Sqrt(share*constant), stricter.Constant-whole.Constant)
	whole.SlopeError = math.Hypot(math.Sqrt(share*slope), stricter.Slope-whole.Slope)
	return whole, nil
}

// all returns the patches of all images, the flattest first.
func all(images []Image) ([]patch, error) {
	pixels := 0
	for _, image := range images {
		if image.Height < side || image.Width < side {
			return nil, fmt.Errorf("an image of %d x %d pixels (height x width) is smaller than %d x %d", image.Height, image.Width, side, side)
		}
		pixels += image.Height * image.Width
	}
	stride := max(1, int(math.Ceil(math.Sqrt(float64(pixels)/mostPatches))))
	var patches []patch
	for _, image := range images {
		patches = append(patches, cut(image.Samples, image.Height, image.Width, stride)...)
	}
	if slices.ContainsFunc(patches, func(p patch) bool { return math.IsNaN(p.texture + p.energy + p.mean) }) {
		return nil, errors.New("a value of the image is not a number")
	}
	if len(patches) < leastPatches {
		return nil, fmt.Errorf("the image has %d patches of %dx%[2]d pixels, and %d are needed; use a larger one", len(patches), side, leastPatches)
	}
	slices.SortFunc(patches, func(a, b patch) int { return cmp.Compare(a.texture, b.texture) })
	return patches, nil
}

func meanEnergy(patches []patch) float64 {
	sum := 0.0
	for _, p := range patches {
		sum += p.energy / float64(len(patches))
	}
	return sum
}

// fit finds the variance, as a function of intensity, of the flat patches.
type fit struct {
	kind     Kind
	patches  []patch  // the flattest first
	clipping clipping // without means, nothing is cut
	margin   float64
}

// variance is what the noise's variance is by an estimate at a patch's intensity, and the share of it that the cuts leave; 0 where a cut is too near.
func (f fit) variance(e Estimate, mean float64) (variance, left float64) {
	variance = max(e.Constant+e.Slope*mean, 1e-12)
	if len(f.clipping.means) == 0 {
		return variance, 1
	}
	deviation := math.Sqrt(variance)
	black, white := mean/deviation, (1-mean)/deviation
	if min(black, white) < f.margin {
		return variance, 0
	}
	return variance, f.clipping.left(black) * f.clipping.left(white)
}

// run chooses flat patches and fits, in turn, from an estimate on, without those of one block (-1: with all). Chosen is 0 if there are too few.
func (f fit) run(e Estimate, quantile float64, rounds, without int) Estimate {
	// A chi-squared variable's quantile, by Wilson & Hilferty (1931).
	threshold := judged * math.Pow(1-2./(9*judged)+quantile*math.Sqrt(2./(9*judged)), 3)
	var chosen []patch
	for range rounds {
		chosen = chosen[:0]
		most := max(e.Constant, e.Constant+e.Slope)
		for _, p := range f.patches {
			variance, left := f.variance(e, p.mean)
			switch {
			case p.block == without || left == 0:
			case p.texture <= threshold*variance*left || len(chosen) < leastPatches:
				chosen = append(chosen, p)
			}
			if p.texture > threshold*most && len(chosen) >= leastPatches {
				break
			}
		}
		if len(chosen) < leastPatches {
			return Estimate{}
		}
		e = f.solve(chosen, e)
	}
	e.Chosen = len(chosen)
	return e
}

// solve fits energy / left = constant + slope mean by least squares, with left, and weights 1/variance^2, by the last estimate: an energy's
// deviation is in proportion to its expectation. Neither coefficient is negative.
func (f fit) solve(patches []patch, last Estimate) Estimate {
	var w, wm, wmm, we, wme float64
	for _, p := range patches {
		variance, left := f.variance(last, p.mean)
		if left == 0 {
			continue
		}
		weight, energy := 1/(variance*variance), p.energy/left
		w += weight
		wm += weight * p.mean
		wmm += weight * p.mean * p.mean
		we += weight * energy
		wme += weight * p.mean * energy
	}
	flat := Estimate{Constant: we / w}
	proportional := Estimate{Slope: wme / wmm}
	determinant := w*wmm - wm*wm
	slope := (w*wme - wm*we) / determinant
	constant := (we - slope*wm) / w
	switch {
	case w == 0:
		return last
	case f.kind == Gaussian || f.kind == PoissonGaussian && (!(determinant > 1e-9*w*wmm) || slope < 0):
		return flat
	case f.kind == Poisson || constant < 0:
		return proportional
	}
	return Estimate{Constant: constant, Slope: slope}
}
