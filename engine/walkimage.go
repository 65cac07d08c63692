package engine

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"

	"tweedie/engine/report"
	"tweedie/engine/score"
)

// Climbed is a stochastic ascent: the steps that it took, and the root mean square of the denoiser's residual where it ended, in the images' unit.
type Climbed struct {
	Steps    int
	Residual float64
}

// WalkImage draws the stages of a stochastic ascent from an image, of 1: where it stands, and what the denoiser answers there.
func (s Subject) WalkImage(ascent score.Ascent, start []float64, stages int, seed uint64) (image.Image, Climbed, error) {
	var all []score.Stage
	end, err := ascent.Run(s.Denoiser, start, rand.New(rand.NewPCG(seed, 3)), func(stage score.Stage) { all = append(all, stage) })
	if err != nil {
		return nil, Climbed{}, err
	}
	sheet := report.Sheet{
		Title: "Walk along the score of " + s.Name,
		Note:  fmt.Sprintf("Above: where the walk stands. Below: the denoiser's answer there. %d steps, beta %.2g.", len(all), ascent.Beta),
	}
	var above, below []report.Panel
	// Stages are even in the logarithm of sigma, which the steps are not.
	first, last, next := math.Log(ascent.From), math.Log(ascent.To), 0
	for _, stage := range all {
		if share := (first - math.Log(stage.Sigma)) / (first - last); int(share*float64(stages)) >= next && next < stages {
			next = int(share*float64(stages)) + 1
			above = append(above, report.Panel{Image: s.magnified(stage.Image), Caption: fmt.Sprintf("step %d, sigma %.3f", stage.Step, stage.Sigma)})
			below = append(below, report.Panel{Image: s.magnified(stage.Denoised)})
		}
	}
	above, below = append(above, report.Panel{Image: s.magnified(end), Caption: "end"}), append(below, report.Panel{})
	sheet.Rows = [][]report.Panel{above, below}
	denoised, err := s.Denoiser(end, ascent.To)
	if err != nil {
		return nil, Climbed{}, err
	}
	picture, err := sheet.Draw()
	return picture, Climbed{len(all), rmsOf(denoised, end)}, err
}

func (s Subject) magnified(image []float64) image.Image {
	return report.Magnified(narrow(image), s.Width, s.Height)
}

// Restored is a restored image with what it is compared with: the PSNR in dB of both.
type Restored struct {
	Image, Baseline     []float64
	PSNR, BaselinePSNR  float64
	Misfit              float64 // root mean square of A x - m, of 1
	Measurements, Steps int
}

// Restore hides most of a clean image behind a linear measurement and restores it by the walk that keeps what was measured (Kadkhodaie & Simoncelli 2021, algorithm
// 2). The baseline is the smoothest image that fits the measurement.
func (s Subject) Restore(operator score.Operator, clean []float64, ascent score.Ascent, rounds int, seed uint64) (*Restored, image.Image, error) {
	measurement := operator.Apply(clean)
	seen, err := score.NewMeasured(operator, measurement, rounds)
	if err != nil {
		return nil, nil, err
	}
	random := rand.New(rand.NewPCG(seed, 4))
	ascent.Seen = seen
	r := &Restored{Measurements: len(measurement), Baseline: score.Smoothest(operator, measurement, s.Height, s.Width)}
	start := append([]float64(nil), r.Baseline...)
	for i := range start {
		start[i] += ascent.From * random.NormFloat64()
	}
	if r.Image, err = ascent.Run(s.Denoiser, start, random, func(score.Stage) { r.Steps++ }); err != nil {
		return nil, nil, err
	}
	r.PSNR, r.BaselinePSNR = psnrOf(r.Image, clean), psnrOf(r.Baseline, clean)
	for i, value := range operator.Apply(r.Image) {
		r.Misfit += (value - measurement[i]) * (value - measurement[i]) / float64(len(measurement))
	}
	r.Misfit = math.Sqrt(r.Misfit)
	sheet := report.Sheet{
		Title:   "Restored by " + s.Name,
		Columns: []string{"measured", "the smoothest fit", "restored", "clean"},
		Rows: [][]report.Panel{{
			{Image: s.magnified(seen.Image()), Caption: fmt.Sprintf("%d numbers of %d", r.Measurements, len(clean))},
			{Image: s.magnified(r.Baseline), Caption: fmt.Sprintf("%.2f dB", r.BaselinePSNR)},
			{Image: s.magnified(r.Image), Caption: fmt.Sprintf("%.2f dB", r.PSNR)},
			{Image: s.magnified(clean)},
		}},
		Note: fmt.Sprintf("%d steps; what was measured is kept to %.4f of white", r.Steps, r.Misfit),
	}
	picture, err := sheet.Draw()
	return r, picture, err
}

func psnrOf(image, clean []float64) float64 {
	square := 0.0
	for i, value := range image {
		difference := min(max(value, 0), 1) - clean[i]
		square += difference * difference / float64(len(clean))
	}
	return -10 * math.Log10(square)
}

// Torn is how a network answers an image that might be one of two: at each sigma, the distances, root mean squares of white, of its answer to the exact posterior mean
// over a finite set of images and to the nearest image of the set; and the probabilities of the two classes.
type Torn struct {
	Sigma             float64
	ToMean, ToNearest float64
	MeanToEither      float64 // distance of the exact mean to the nearer one of the two
	ProbabilityA      float64
	ProbabilityB      float64
}

// TornFailure says where a network's answers at rising sigmas are not the mean, in words; empty if they are. Each is nearer to the exact mean than to any image, which what is
// at one of the two, or more than halfway there from the mean, is not; and that at the lowest sigma is nearer to the mean than the two images are. In stronger noise the
// mean over a finite set is not that over all images, which a network has learnt from.
func TornFailure(torn []Torn) string {
	for k, t := range torn {
		if !(t.ToMean < t.ToNearest) {
			return fmt.Sprintf("at sigma %.2f it is %.4f from the exact mean and %.4f from the nearest image", t.Sigma, t.ToMean, t.ToNearest)
		}
		if k == 0 && !(t.ToMean < t.MeanToEither) {
			return fmt.Sprintf("at sigma %.2f it is %.4f from the exact mean, which is only %.4f from one of the two images", t.Sigma, t.ToMean, t.MeanToEither)
		}
	}
	return ""
}

// Posterior shows what lies between a and b, images of the set: their mean in noise, at several sigmas, the exact posterior mean over the set, the images of most
// probability, and the denoiser's answer. Labels are the classes of the set's images.
func (s Subject) Posterior(set [][]float64, labels []int, a, b int, sigmas []float64, seed uint64) ([]Torn, image.Image, error) {
	m, err := score.Points(set)
	if err != nil {
		return nil, nil, err
	}
	sheet := report.Sheet{
		Title:   fmt.Sprintf("Between %d and %d", labels[a], labels[b]),
		Columns: []string{"noisy", "exact posterior mean", s.Name, "most probable", "second", "third"},
		Note:    fmt.Sprintf("The posterior over %d images is exact; the network saw others. Between two images the best answer is their mean, not one of them.", len(set)),
	}
	var torn []Torn
	for _, sigma := range sigmas {
		noisy := between(set[a], set[b], sigma, seed)
		o := m.At(sigma)
		mean, shares := o.Mean(noisy), o.Responsibilities(noisy)
		answer, err := s.Denoiser(noisy, sigma)
		if err != nil {
			return nil, nil, err
		}
		t := Torn{Sigma: sigma, ToMean: rmsOf(answer, mean), ToNearest: math.Inf(1), MeanToEither: min(rmsOf(mean, set[a]), rmsOf(mean, set[b]))}
		for k, share := range shares {
			switch labels[k] {
			case labels[a]:
				t.ProbabilityA += share
			case labels[b]:
				t.ProbabilityB += share
			}
			t.ToNearest = min(t.ToNearest, rmsOf(answer, set[k]))
		}
		torn = append(torn, t)
		row := []report.Panel{
			{Image: s.magnified(noisy), Caption: fmt.Sprintf("sigma %.2f", sigma)},
			{Image: s.magnified(mean), Caption: fmt.Sprintf("P(%d) %.2f, P(%d) %.2f", labels[a], t.ProbabilityA, labels[b], t.ProbabilityB)},
			{Image: s.magnified(answer), Caption: fmt.Sprintf("%.3f from it", t.ToMean)},
		}
		taken := map[int]bool{}
		for range 3 {
			best := -1
			for k := range shares {
				if !taken[k] && (best < 0 || shares[k] > shares[best]) {
					best = k
				}
			}
			if best < 0 {
				break
			}
			taken[best] = true
			row = append(row, report.Panel{Image: s.magnified(set[best]), Caption: fmt.Sprintf("%.2f", shares[best])})
		}
		sheet.Rows = append(sheet.Rows, row)
	}
	picture, err := sheet.Draw()
	return torn, picture, err
}

func rmsOf(a, b []float64) float64 {
	square := 0.0
	for i := range a {
		square += (a[i] - b[i]) * (a[i] - b[i]) / float64(len(a))
	}
	return math.Sqrt(square)
}

// TornPair finds two images, one of each class, between which the posterior over all is torn at the sigmas: of the pairs that are nearest to each other, the one for which
// the less probable class is most probable, by the noise that Posterior draws. Both classes must occur.
func TornPair(images [][]float64, labels []int, classA, classB int, sigmas []float64, seed uint64) (a, b int, err error) {
	const most, candidates = 300, 60
	type pair struct {
		a, b     int
		distance float64
	}
	list := map[int][]int{}
	for k, label := range labels {
		if len(list[label]) < most {
			list[label] = append(list[label], k)
		}
	}
	var pairs []pair
	for _, i := range list[classA] {
		for _, j := range list[classB] {
			pairs = append(pairs, pair{i, j, rmsOf(images[i], images[j])})
		}
	}
	slices.SortFunc(pairs, func(p, q pair) int { return cmp.Compare(p.distance, q.distance) })
	m, err := score.Points(images)
	if err != nil {
		return 0, 0, err
	}
	torn := score.Parallel(min(candidates, len(pairs)), func(n int) float64 {
		p, sum := pairs[n], 0.0
		for _, sigma := range sigmas {
			var ofA, ofB float64
			for k, share := range m.At(sigma).Responsibilities(between(images[p.a], images[p.b], sigma, seed)) {
				switch labels[k] {
				case classA:
					ofA += share
				case classB:
					ofB += share
				}
			}
			sum += min(ofA, ofB)
		}
		return sum
	})
	best := 0
	for n, value := range torn {
		if value > torn[best] {
			best = n
		}
	}
	return pairs[best].a, pairs[best].b, nil
}

// between is the mean of two images in noise that favours neither: the noise's part along their difference is taken out.
func between(a, b []float64, sigma float64, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 5))
	z := make([]float64, len(a))
	var along, square float64
	for i := range z {
		z[i] = random.NormFloat64()
		along += z[i] * (a[i] - b[i])
		square += (a[i] - b[i]) * (a[i] - b[i])
	}
	noisy := make([]float64, len(a))
	for i := range noisy {
		noisy[i] = (a[i]+b[i])/2 + sigma*(z[i]-along/square*(a[i]-b[i]))
	}
	return noisy
}

// ScoreImage shows an image, of 1, sigma times its score, which is the negative of the noise as the denoiser sees it, in units of sigma, and the answer. It returns the root
// mean square of sigma times the score: 1 if the denoiser sees noise of that sigma.
func (s Subject) ScoreImage(noisy []float64, sigma float64) (image.Image, float64, error) {
	denoised, err := s.Denoiser(noisy, sigma)
	if err != nil {
		return nil, 0, err
	}
	gray, square := score.ScoreOf(noisy, denoised, sigma), 0.0
	for i := range gray {
		square += gray[i] * gray[i] * sigma * sigma / float64(len(gray))
		gray[i] = 0.5 + gray[i]*sigma/6
	}
	rms := math.Sqrt(square)
	picture, err := report.Sheet{
		Title:   fmt.Sprintf("The score of %s at sigma %.3g of 255", s.Name, 255*sigma),
		Columns: []string{"image y", "sigma x score", "y + sigma² x score"},
		Rows:    [][]report.Panel{{{Image: s.magnified(noisy)}, {Image: s.magnified(gray), Caption: fmt.Sprintf("mid-gray is 0; rms %.3f", rms)}, {Image: s.magnified(denoised)}}},
		Note:    "Black and white are 3 below and above 0.",
	}.Draw()
	return picture, rms, err
}
