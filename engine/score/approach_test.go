package score

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// bessel returns I_1(kappa)/I_0(kappa) and the second moment of the cosine under the density of von Mises, exp(kappa cos t), by the trapezoidal rule, which for a
// periodic function is exact to rounding.
func bessel(kappa float64) (ratio, second float64) {
	const steps = 4000
	var mass, cosines, squares float64
	for k := range steps {
		cosine := math.Cos(2 * math.Pi * float64(k) / steps)
		weight := math.Exp(kappa * (cosine - 1))
		mass, cosines, squares = mass+weight, cosines+weight*cosine, squares+weight*cosine*cosine
	}
	return cosines / mass, squares / mass
}

// TestCircleHasThePosteriorOfVonMises compares the circle's posterior mean and Jacobian with the closed form of an even circle: 96 points of it are enough.
func TestCircleHasThePosteriorOfVonMises(t *testing.T) {
	m := opened(t, "circle").Mixture
	for sigma, bound := range map[float64]float64{0.05: 1e-4, 0.1: 1e-9, 0.3: 1e-9, 1: 1e-9} {
		for _, radius := range []float64{0.4, 0.9, 1, 1.3} {
			for _, angle := range []float64{0, 0.03, 1, 4} {
				sin, cos := math.Sincos(angle)
				y, kappa := []float64{radius * cos, radius * sin}, radius/(sigma*sigma)
				ratio, second := bessel(kappa)
				mean := m.At(sigma).Mean(y)
				near(t, "the mean along y", mean[0]*cos+mean[1]*sin, ratio, bound)
				near(t, "the mean across y", mean[1]*cos-mean[0]*sin, 0, bound)
				slopes, err := SlopesAt(ExactJacobian(m), y, 2, sigma)
				if err != nil {
					t.Fatal(err)
				}
				along, across := ratio/radius, (second-ratio*ratio)/(sigma*sigma)
				near(t, "kappa's closed form of the slope across", across, (1-ratio/kappa-ratio*ratio)/(sigma*sigma), 1e-9)
				near(t, "the larger slope", slopes[0].Singular[0], max(along, across), 100*bound)
				near(t, "the smaller slope", slopes[0].Singular[1], min(along, across), 100*bound)
				near(t, "the trace", slopes[0].Trace, along+across, 100*bound)
				if along > 1.5*across {
					tangent := slopes[0].Directions[0]
					near(t, "the steepest direction along y", tangent[0]*cos+tangent[1]*sin, 0, 100*bound)
				}
			}
		}
	}
}

// TestApproachesTellAStepFromNone: the posterior mean's ratio is its own, the noisy image's is 1, half a step's is in between, and near a circle one direction is kept.
func TestApproachesTellAStepFromNone(t *testing.T) {
	p, sampling := opened(t, "circle"), Sampling{Draws: 3000, Jacobians: 200, Seed: 1}
	nothing := Subject{
		Denoiser: func(noisy []float64, _ float64) ([]float64, error) { return slices.Clone(noisy), nil },
		Jacobian: func(_, directions []float64, _ float64) ([]float64, error) { return slices.Clone(directions), nil },
	}
	half := Subject{Denoiser: func(noisy []float64, sigma float64) ([]float64, error) {
		exact, err := Exact(p.Mixture)(noisy, sigma)
		for i := range exact {
			exact[i] = (exact[i] + noisy[i]) / 2
		}
		return exact, err
	}}
	measure := func(s Subject) Approach {
		approaches, err := Approaches(p.Mixture, p.Manifold, s, []float64{0.1}, sampling)
		if err != nil {
			t.Fatal(err)
		}
		return approaches[0]
	}
	exact := measure(Subject{Exact(p.Mixture), ExactJacobian(p.Mixture)})
	// |y| - 1 is normal but for the curvature: its mean absolute value is sigma sqrt(2/pi). The answer lies 1 - A(kappa) inside, sigma^2/2 to first order.
	near(t, "the distance before", exact.Before, 0.1*math.Sqrt(2/math.Pi), 0.003)
	near(t, "the distance after", exact.After, 0.005, 0.0003)
	near(t, "the posterior mean's ratio", exact.Ratio(), exact.ExactRatio(), 1e-12)
	slopes := MeanSlopes(exact.Slopes)
	near(t, "the slope along the circle", slopes.Singular[0], 1, 0.02)
	near(t, "the slope across", slopes.Singular[1], 0.005, 0.001)
	near(t, "the dimension", slopes.Dimension, 1, 0.02)
	near(t, "the directions kept", slopes.Kept, 1, 1e-12)
	still := measure(nothing)
	near(t, "the ratio of no step", still.Ratio(), 1, 1e-12)
	near(t, "the dimension of no step", MeanSlopes(still.Slopes).Dimension, 2, 1e-12)
	if ratio := measure(half).Ratio(); !(ratio > 0.4 && ratio < 0.6) {
		t.Errorf("half a step leaves %.3f of the distance", ratio)
	}
	if none := MeanSlopes(nil); !math.IsNaN(none.Dimension) || !math.IsNaN(none.Kept) {
		t.Errorf("the means of no slopes are %+v", none)
	}
}

// TestRingIsOfDimensionZero: much further than its deviation from a Gaussian, little of a movement is kept.
func TestRingIsOfDimensionZero(t *testing.T) {
	p := opened(t, "ring8")
	approaches, err := Approaches(p.Mixture, p.Manifold, Subject{Exact(p.Mixture), ExactJacobian(p.Mixture)}, []float64{0.2}, Sampling{Draws: 2000, Jacobians: 500, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	slopes := MeanSlopes(approaches[0].Slopes)
	if !(slopes.Dimension < 1 && approaches[0].Ratio() < 0.6) {
		t.Errorf("dimension %.3f, ratio %.3f", slopes.Dimension, approaches[0].Ratio())
	}
	near(t, "the distance of a centre", p.Manifold.Distance([]float64{math.Sqrt(0.5), math.Sqrt(0.5)}), 0, 1e-12)
	near(t, "the distance of the origin", p.Manifold.Distance([]float64{0, 0}), 1, 1e-12)
}

// TestImageApproaches: the answer of an estimator that knows the image is at distance 0, the set's posterior mean finds the nearest of the set in little noise, and
// distances are root mean squares.
func TestImageApproaches(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 1))
	known, clean := [][]float64{}, [][]float64{}
	for range 20 {
		known = append(known, normals(random, 6))
	}
	for n := range 5 {
		image := slices.Clone(known[3*n])
		image[2] += 0.3
		clean = append(clean, image)
	}
	knows := func([]float64, float64) ([]float64, error) { return slices.Concat(clean...), nil }
	approaches, err := ImageApproaches(clean, known, Subject{Denoiser: knows}, []float64{0.05}, Sampling{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	a := approaches[0]
	near(t, "the distance before", a.Before, 0.05, 0.02)
	near(t, "the distance after", a.After, 0, 1e-12)
	near(t, "the set's posterior mean", a.Exact, 0.3/math.Sqrt(6), 1e-6)
	near(t, "the nearest of the set", a.NearestAfter, 0.3/math.Sqrt(6), 1e-12)
	if !slices.Equal(a.NearestImage, []int{0, 3, 6, 9, 12}) || len(a.Slopes) != 0 {
		t.Errorf("nearest are %v, slopes %v", a.NearestImage, a.Slopes)
	}
	if _, err := ImageApproaches(clean, [][]float64{{1}}, Subject{Denoiser: knows}, []float64{0.05}, Sampling{}); err == nil {
		t.Error("known images of another size: no error")
	}
}
