package uncertainty

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/engine/score"
)

const side, sigma = 8, 0.2

// exact is the posterior mean of the mixture of patches with its Jacobian, whose products are the exact covariance's, and one noisy patch.
func exact(t *testing.T) (jacobian Jacobian, noisy []float32, covariance *mat.SymDense) {
	t.Helper()
	prior, err := score.OpenPrior("patches8")
	if err != nil {
		t.Fatal(err)
	}
	observed := prior.Mixture.At(sigma)
	_, y := observed.Sample(rand.New(rand.NewPCG(1, 2)))
	for _, value := range y {
		noisy = append(noisy, float32(value))
	}
	covariance = mat.NewSymDense(side*side, observed.Covariance(y))
	mean := observed.Mean(y)
	jacobian = func(images, directions []float32, _ float64) (denoised, products []float32, err error) {
		for at := 0; at < len(images); at += side * side {
			for i := range side * side {
				sum := 0.0
				for k := range side * side {
					sum += covariance.At(i, k) / (sigma * sigma) * float64(directions[at+k])
				}
				denoised, products = append(denoised, float32(mean[i])), append(products, float32(sum))
			}
		}
		return denoised, products, nil
	}
	return jacobian, noisy, covariance
}

// TestDeviationsAreTheExactOnes: with one pixel to a probe the deviations are those of the mixture's posterior covariance; with grids they are within what the rounds
// say of themselves, and closer with more rounds.
func TestDeviationsAreTheExactOnes(t *testing.T) {
	jacobian, noisy, covariance := exact(t)
	d, err := Probing{Spacing: side, Rounds: 2, Batch: 5}.Measure(jacobian, noisy, side, side, sigma)
	if err != nil {
		t.Fatal(err)
	}
	if d.Error != 0 {
		t.Errorf("the error of an exact diagonal is %v", d.Error)
	}
	variances, _ := Variances(d.Slopes, sigma)
	for i, variance := range variances {
		if want := math.Max(covariance.At(i, i), Floor*sigma*sigma); !(math.Abs(variance-want) <= 1e-5*want) {
			t.Errorf("pixel %d has the variance %v, want %v", i, variance, want)
		}
	}
	last := math.Inf(1)
	for _, rounds := range []int{4, 64} {
		d, err := Probing{Spacing: 4, Rounds: rounds, Batch: 3, Seed: 9}.Measure(jacobian, noisy, side, side, sigma)
		if err != nil {
			t.Fatal(err)
		}
		square := 0.0
		for i, slope := range d.Slopes {
			square += math.Pow(float64(slope)-covariance.At(i, i)/(sigma*sigma), 2) / float64(len(noisy))
		}
		if made := math.Sqrt(square); !(made <= 2*d.Error) || !(made >= d.Error/2) || !(made < last/2) {
			t.Errorf("%d rounds are off by %v and say %v; before it was %v", rounds, made, d.Error, last)
		} else {
			last = made
		}
	}
}

// TestBoundedFieldsAreMeasuredExactly: a spacing beyond the receptive field needs one round, and its products do not mix.
func TestBoundedFieldsAreMeasuredExactly(t *testing.T) {
	const height, width, radius = 11, 9, 2
	calls := 0
	jacobian := func(images, directions []float32, _ float64) (denoised, products []float32, err error) {
		for at := 0; at < len(images); at += height * width {
			calls++
			for i := range height * width {
				sum := float32(0)
				for k := range height * width {
					if dy, dx := i/width-k/width, i%width-k%width; max(dy, -dy, dx, -dx) <= radius {
						sum += float32(1+i+100*k) * directions[at+k]
					}
				}
				products = append(products, sum)
			}
		}
		return images, products, nil
	}
	p := Probing{Spacing: radius + 1, Rounds: 2, Radius: radius, Batch: 2}
	d, err := p.Measure(jacobian, make([]float32, height*width), height, width, 1)
	if err != nil {
		t.Fatal(err)
	}
	if calls != 9 || d.Error != 0 || !p.Exact() {
		t.Errorf("%d products and an error of %v, want 9 and 0", calls, d.Error)
	}
	for i, slope := range d.Slopes {
		if want := float32(1 + 101*i); slope != want {
			t.Errorf("slope %d is %v, want %v", i, slope, want)
		}
	}
	p.Radius = radius + 1 // too near: what lies between is not told apart
	if p.Exact() {
		t.Error("a grid within the receptive field is called exact")
	}
	if _, err := (Probing{Spacing: 3, Rounds: 1, Radius: 3, Batch: 1}).Measure(jacobian, make([]float32, height*width), height, width, 1); err == nil {
		t.Error("one round of a grid that mixes is taken")
	}
}

// TestComponentsAreTheLeadingEigenvectors of the exact posterior covariance, and those of its part within a region.
func TestComponentsAreTheLeadingEigenvectors(t *testing.T) {
	jacobian, noisy, covariance := exact(t)
	region := make([]bool, side*side)
	for i := range region {
		region[i] = i%side < 4
	}
	for name, region := range map[string][]bool{"whole": nil, "region": region} {
		inside := mat.NewSymDense(side*side, nil)
		for i := range side * side {
			for k := range i + 1 {
				if region == nil || region[i] && region[k] {
					inside.SetSym(i, k, covariance.At(i, k))
				}
			}
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(inside, true) {
			t.Fatal("no eigenvalues")
		}
		values := eigen.Values(nil)
		var vectors mat.Dense
		eigen.VectorsTo(&vectors)
		components, err := Components(jacobian, noisy, sigma, 4, 200, region, 1)
		if err != nil {
			t.Fatal(err)
		}
		for k, component := range components[:3] {
			index := side*side - 1 - k
			if want := math.Sqrt(values[index]); !(math.Abs(component.Deviation-want) <= 1e-3*want) || !(component.Residual <= 0.05) {
				t.Errorf("%s: component %d has the deviation %v and the residual %v, want %v", name, k, component.Deviation, component.Residual, want)
			}
			product := 0.0
			for i, value := range component.Direction {
				product += value * vectors.At(i, index)
			}
			if !(math.Abs(product) >= 0.999) {
				t.Errorf("%s: component %d is at a cosine of %v to the eigenvector", name, k, product)
			}
		}
	}
	if _, err := Components(jacobian, noisy, sigma, 65, 3, nil, 1); err == nil {
		t.Error("64 pixels have 65 components")
	}
}

// TestCalibrationFindsWhatIsWrong: right predictions pass; errors twice as large, deciles that are off in opposite directions, and many pixels at the floor fail.
func TestCalibrationFindsWhatIsWrong(t *testing.T) {
	source := rand.New(rand.NewPCG(3, 4))
	for name, c := range map[string]struct {
		factor  func(variance float64) float64
		floored int
		passes  bool
	}{
		"right":        {func(float64) float64 { return 1 }, 100, true},
		"all":          {func(float64) float64 { return 1.3 }, 0, false},
		"some deciles": {func(variance float64) float64 { return 1 / math.Sqrt(variance) }, 0, false},
		"floor":        {func(float64) float64 { return 1 }, 600, false},
		"NaN":          {func(float64) float64 { return math.NaN() }, 0, false},
	} {
		var predictions []Prediction
		for range 50000 {
			variance := 0.25 + 2*source.Float64()
			predictions = append(predictions, Prediction{Variance: variance, Square: c.factor(variance) * variance * math.Pow(source.NormFloat64(), 2)})
		}
		calibration, err := Calibrate(predictions, c.floored)
		if err != nil {
			t.Fatal(err)
		}
		if calibration.Passes() != c.passes {
			t.Errorf("%s: %+v", name, calibration)
		}
	}
	if _, err := Calibrate(nil, 0); err == nil {
		t.Error("nothing is calibrated")
	}
}
