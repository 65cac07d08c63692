package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

func operators(t *testing.T) map[string]Operator {
	t.Helper()
	random := rand.New(rand.NewPCG(9, 1))
	known := make([]bool, 12*18)
	for i := range known {
		known[i] = i%3 > 0
	}
	average, err := BlockAverage(12, 18, 3)
	if err != nil {
		t.Fatal(err)
	}
	kernel, side := GaussianKernel(1)
	kernel[0] += 0.2 // so that it is not symmetric
	blur, err := Blur(12, 18, kernel, side, side)
	if err != nil {
		t.Fatal(err)
	}
	projections, err := RandomProjections(12*18, 50, random)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]Operator{"mask": Mask(known), "average": average, "blur": blur, "projections": projections, "tomograph": Tomograph(12, 18, 5)}
}

// TestAdjoint compares <A x, m> with <x, A^T m>.
func TestAdjoint(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 2))
	for name, operator := range operators(t) {
		size, measured := operator.Sizes()
		x, m := normals(random, size), normals(random, measured)
		left, right := 0.0, 0.0
		for i, value := range operator.Apply(x) {
			left += value * m[i]
		}
		for i, value := range operator.Adjoint(m) {
			right += value * x[i]
		}
		near(t, name, left, right, 1e-10*(1+math.Abs(left)))
	}
}

// TestProjection: the projection looks the same through A; what is projected twice is projected once, and what is left is orthogonal to it, but for operators whose
// small singular values are left out on purpose.
func TestProjection(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 3))
	for name, operator := range operators(t) {
		size, _ := operator.Sizes()
		x := normals(random, size)
		m, err := NewMeasured(operator, operator.Apply(x), 500)
		if err != nil {
			t.Fatal(err)
		}
		once := m.project(x)
		near(t, name+": seen through A", rms(operator.Apply(once), operator.Apply(x)), 0, 1e-3)
		if name == "blur" || name == "tomograph" {
			continue
		}
		near(t, name+": projected twice", rms(m.project(once), once), 0, 1e-5)
		near(t, name+": the least-squares image", rms(m.Image(), once), 0, 1e-5)
		left := 0.0
		for i := range x {
			left += (x[i] - once[i]) * once[i] / float64(size)
		}
		near(t, name+": the product with what is left", left, 0, 1e-5)
	}
}

// TestTomographOfADisk compares rays through a disk with the chords' lengths, to within the pixels at the border.
func TestTomographOfADisk(t *testing.T) {
	const side, radius, angles = 64, 20.0, 7
	disk := make([]float64, side*side)
	for i := range disk {
		inside := 0.0 // share of the pixel in the disk, by 8 x 8 points
		for j := range 64 {
			x := float64(i%side) - 31.5 + (float64(j%8)-3.5)/8
			y := float64(i/side) - 31.5 + (float64(j/8)-3.5)/8
			if x*x+y*y < radius*radius {
				inside += 1. / 64
			}
		}
		disk[i] = inside
	}
	s := Tomograph(side, side, angles).(*sparse)
	values := s.Apply(disk)
	perAngle := len(values) / angles
	for angle := range angles {
		sum, largest := 0.0, 0.0
		for _, value := range values[angle*perAngle : (angle+1)*perAngle] {
			sum += value
			largest = max(largest, value)
		}
		near(t, "the disk's area", sum, math.Pi*radius*radius, 0.01*math.Pi*radius*radius)
		near(t, "its diameter", largest, 2*radius, 0.02*radius)
	}
}

func TestBlockAverageAndBlurKeepTheMean(t *testing.T) {
	constant := make([]float64, 12*18)
	for i := range constant {
		constant[i] = 0.7
	}
	average, err := BlockAverage(12, 18, 3)
	if err != nil {
		t.Fatal(err)
	}
	kernel, side := GaussianKernel(1.5)
	blur, err := Blur(12, 18, kernel, side, side)
	if err != nil {
		t.Fatal(err)
	}
	for name, operator := range map[string]Operator{"average": average, "blur": blur} {
		for _, value := range operator.Apply(constant) {
			near(t, name, value, 0.7, 1e-12)
		}
	}
}

// TestSmoothestInpaintsARamp: between known columns of a ramp, the smoothest image is the ramp.
func TestSmoothestInpaintsARamp(t *testing.T) {
	const height, width = 5, 12
	ramp, known := make([]float64, height*width), make([]bool, height*width)
	for i := range ramp {
		ramp[i] = 0.1 + 0.05*float64(i%width)
		known[i] = i%width == 0 || i%width == width-1
	}
	mask := Mask(known)
	for i, value := range Smoothest(mask, mask.Apply(ramp), height, width) {
		near(t, "a pixel", value, ramp[i], 1e-3)
	}
}
