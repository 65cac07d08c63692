package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

// noiseOf draws n images, one after the other, of a prior seen through noise.
func noiseOf(o *Observed, n int, random *rand.Rand) []float64 {
	var points []float64
	for range n {
		_, y := o.Sample(random)
		points = append(points, y...)
	}
	return points
}

func opened(t *testing.T, name string) Prior {
	t.Helper()
	p, err := OpenPrior(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestHeunIsOfSecondOrder integrates the exact denoiser from sigma 3 to 0.05 in ever shorter steps, without the step to zero: at each of three halvings the error
// falls by 2^1.8 to 2^2.2.
func TestHeunIsOfSecondOrder(t *testing.T) {
	m := opened(t, "ring8").Mixture
	start := noiseOf(m.At(3), 60, rand.New(rand.NewPCG(5, 1)))
	end := func(steps int) []float64 {
		levels, err := Schedule{From: 3, To: 0.05, Steps: steps + 1}.Levels(false)
		if err != nil {
			t.Fatal(err)
		}
		x, err := Heun(Exact(m), start, levels, nil)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	const coarsest = 64
	truth := end(32 * coarsest)
	before := 0.0
	for halving := range 4 {
		x := end(coarsest << halving)
		square := 0.0
		for i := range x {
			square += (x[i] - truth[i]) * (x[i] - truth[i])
		}
		err := math.Sqrt(square / float64(len(x)))
		order := math.Log2(before / err)
		t.Logf("%d steps: error %.3g, order %.3f", coarsest<<halving, err, order)
		if halving > 0 && !(order >= 1.8 && order <= 2.2) {
			t.Errorf("%d steps: the error %.3g after %.3g is of order %.3f, not 2", coarsest<<halving, err, before, order)
		}
		before = err
	}
}

// TestHeunSamplesTheMixture compares samples of the exact denoiser with exact ones by energy distance and by their mean log-density. A denoiser that takes sigma for
// less than it is fails the first, and one that is a tenth off the second.
func TestHeunSamplesTheMixture(t *testing.T) {
	m, random := opened(t, "ring8").Mixture, rand.New(rand.NewPCG(60, 1))
	exact := noiseOf(m.At(0), 3000, random)
	levels, err := Schedule{From: 80, To: 0.005, Steps: 40}.Levels(true)
	if err != nil {
		t.Fatal(err)
	}
	start := normals(random, 6000)
	for i := range start {
		start[i] *= 80
	}
	for _, test := range []struct {
		factor          float64
		close, asLikely bool
	}{{1, true, true}, {0.9, true, false}, {0.5, false, false}} {
		wrong := func(noisy []float64, sigma float64) ([]float64, error) { return Exact(m)(noisy, test.factor*sigma) }
		samples, err := Heun(wrong, start, levels, nil)
		if err != nil {
			t.Fatal(err)
		}
		distance, share := TwoSamples(samples[:1000], exact[:1000], 2, 99, random)
		if close := share > 0.02; close != test.close {
			t.Errorf("sigma taken for %v of itself: energy distance %v, %v of the divisions are at least as far", test.factor, distance, share)
		}
		mean, standardError := meanLogDensity(m, samples)
		want, other := meanLogDensity(m, exact)
		z := (mean - want) / math.Hypot(standardError, other)
		if likely := math.Abs(z) < 3; likely != test.asLikely {
			t.Errorf("sigma taken for %v of itself: the mean log-density is %v standard errors off", test.factor, z)
		}
		t.Logf("sigma taken for %v of itself: energy distance %.4g (share %.2f), mean log-density %.1f standard errors off", test.factor, distance, share, z)
	}
}

func meanLogDensity(m *Mixture, points []float64) (mean, standardError float64) {
	o, logs := m.At(0), []float64{}
	for i := 0; i < len(points); i += 2 {
		logs = append(logs, o.LogDensity(points[i:i+2]))
	}
	return MeanAndError(logs)
}

// TestAscentEndsOnAnImage walks blindly, that is with the estimated sigma, over a finite set: it ends within its last sigma of one of the images.
func TestAscentEndsOnAnImage(t *testing.T) {
	images, m := stripes(t)
	for seed := range uint64(5) {
		random := rand.New(rand.NewPCG(7, seed))
		start := normals(random, 64)
		for i := range start {
			start[i] += 0.5
		}
		end, err := DefaultAscent().Run(Exact(m), start, random, nil)
		if err != nil {
			t.Fatal(err)
		}
		nearest := math.Inf(1)
		for _, image := range images {
			nearest = min(nearest, rms(end, image))
		}
		if !(nearest < 0.02) {
			t.Errorf("seed %d: the walk ended %v from the nearest image", seed, nearest)
		}
	}
}

// TestAscentKeepsWhatWasMeasured hides most of an image of a finite set: the walk finds the one that fits.
func TestAscentKeepsWhatWasMeasured(t *testing.T) {
	images, m := stripes(t)
	random := rand.New(rand.NewPCG(8, 1))
	for which, image := range images {
		known := make([]bool, 64)
		for i := range known {
			known[i] = random.Float64() < 0.3
		}
		mask := Mask(known)
		seen, err := NewMeasured(mask, mask.Apply(image), 10)
		if err != nil {
			t.Fatal(err)
		}
		ascent := DefaultAscent()
		ascent.Seen = seen
		start := seen.Image()
		for i := range start {
			start[i] += random.NormFloat64()
		}
		end, err := ascent.Run(Exact(m), start, random, nil)
		if err != nil {
			t.Fatal(err)
		}
		if distance := rms(end, image); !(distance < 0.02) {
			t.Errorf("image %d: restored %v from itself", which, distance)
		}
	}
}

// stripes is a finite set of 8 x 8 images.
func stripes(t *testing.T) ([][]float64, *Mixture) {
	t.Helper()
	var images [][]float64
	for n := range 6 {
		image := make([]float64, 64)
		for i := range image {
			image[i] = 0.5 + 0.4*math.Sin(float64(n+1)*float64(i%8)/2+float64(n)*float64(i/8))
		}
		images = append(images, image)
	}
	m, err := Points(images)
	if err != nil {
		t.Fatal(err)
	}
	return images, m
}

func rms(a, b []float64) float64 {
	square := 0.0
	for i := range a {
		square += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(square / float64(len(a)))
}

func TestEnergyDistanceOfPoints(t *testing.T) {
	// Of {0, 2} and {1}: twice the mean of 1 and 1, less the mean of 0, 2, 2, 0, less 0.
	near(t, "the distance", EnergyDistance([]float64{0, 2}, []float64{1}, 1), 1, 1e-15)
	near(t, "the distance to itself", EnergyDistance([]float64{0, 2, 5, 1}, []float64{5, 1, 0, 2}, 2), 0, 1e-15)
}

func TestMistakesInASchedule(t *testing.T) {
	for _, s := range []Schedule{{1, 2, 10, 7}, {1, 0, 10, 7}, {1, 0.1, 1, 7}, {math.NaN(), 0.1, 5, 7}, {math.Inf(1), 0.1, 5, 7}} {
		if _, err := s.Levels(true); err == nil {
			t.Errorf("%+v: no error", s)
		}
	}
}
