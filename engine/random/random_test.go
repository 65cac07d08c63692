package random

import (
	"math"
	"sort"
	"testing"
)

// TestPhiloxKnownAnswers: the vectors that Random123 (Salmon et al. 2011) publishes for philox4x32-10.
func TestPhiloxKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	for _, vector := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Philox(vector.counter, vector.key); got != vector.want {
			t.Errorf("Philox(%x, %x) = %x, want %x", vector.counter, vector.key, got, vector.want)
		}
	}
}

func draw(n int) []float64 {
	values := make([]float64, 0, n)
	for block := 0; len(values) < n; block++ {
		normals := Normals(Words(42, Noise, 7, 3, uint32(block)))
		values = append(values, normals[:]...)
	}
	return values[:n]
}

// TestNormalMoments compares the first four moments with those of N(0, 1), each within five of its standard errors.
func TestNormalMoments(t *testing.T) {
	const n = 1 << 20
	var sums [5]float64
	for _, value := range draw(n) {
		power := 1.0
		for k := 1; k <= 4; k++ {
			power *= value
			sums[k] += power / n
		}
	}
	want := [5]float64{1: 0, 2: 1, 3: 0, 4: 3}
	deviation := [5]float64{1: 1, 2: math.Sqrt2, 3: math.Sqrt(15), 4: math.Sqrt(96)} // sqrt(E x^2k - (E x^k)^2)
	for k := 1; k <= 4; k++ {
		if bound := 5 * deviation[k] / math.Sqrt(n); !(math.Abs(sums[k]-want[k]) <= bound) {
			t.Errorf("moment %d is %v, want %v within %v", k, sums[k], want[k], bound)
		}
	}
}

func kolmogorovSmirnov(values []float64, cumulative func(float64) float64) float64 {
	sort.Float64s(values)
	n, distance := float64(len(values)), 0.0
	for i, value := range values {
		p := cumulative(value)
		distance = max(distance, p-float64(i)/n, float64(i+1)/n-p)
	}
	return distance * math.Sqrt(n)
}

func normalCumulative(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

// TestNormalKolmogorovSmirnov: the statistic stays below 1.95 (level 0.001), and a deviation that is 2 % off does not.
func TestNormalKolmogorovSmirnov(t *testing.T) {
	const critical = 1.95
	values := draw(1 << 18)
	if statistic := kolmogorovSmirnov(values, normalCumulative); !(statistic < critical) {
		t.Errorf("statistic %v, critical %v", statistic, critical)
	}
	for i := range values {
		values[i] *= 1.02
	}
	if statistic := kolmogorovSmirnov(values, normalCumulative); !(statistic > critical) {
		t.Errorf("a deviation of 1.02 passes: statistic %v", statistic)
	}
}

// TestDrawsAreIndependent: neighbouring elements, samples, steps, streams and seeds are uncorrelated.
func TestDrawsAreIndependent(t *testing.T) {
	const n = 1 << 14
	base := func(i int) [4]uint32 { return Words(1, Noise, 1, 1, uint32(i)) }
	for name, other := range map[string]func(i int) [4]uint32{
		"element": func(i int) [4]uint32 { return Words(1, Noise, 1, 1, uint32(i+1)) },
		"sample":  func(i int) [4]uint32 { return Words(1, Noise, 1, 2, uint32(i)) },
		"step":    func(i int) [4]uint32 { return Words(1, Noise, 2, 1, uint32(i)) },
		"stream":  func(i int) [4]uint32 { return Words(1, Levels, 1, 1, uint32(i)) },
		"seed":    func(i int) [4]uint32 { return Words(1<<32|1, Noise, 1, 1, uint32(i)) },
	} {
		sum := 0.0
		for i := range n {
			a, b := Normals(base(i)), Normals(other(i))
			for lane := range a {
				sum += a[lane] * b[lane]
			}
		}
		if correlation := sum / (4 * n); !(math.Abs(correlation) < 5/math.Sqrt(4*n)) {
			t.Errorf("%s: correlation %v", name, correlation)
		}
	}
}

func TestBelowAndUniformRanges(t *testing.T) {
	if Below(0, 7) != 0 || Below(math.MaxUint32, 7) != 6 || Below(math.MaxUint32, 1) != 0 {
		t.Error("Below leaves [0, n)")
	}
	if Uniform(0) != 0 || Uniform(math.MaxUint32) != 1-0x1p-24 {
		t.Error("Uniform leaves [0, 1) or rounds")
	}
}
