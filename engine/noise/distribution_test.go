package noise

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"
	"testing"

	"tweedie/engine/random"
)

// record is what scripts/record/noise.py says.
type record struct {
	Distributions []distribution
	Counts        []struct {
		Mean, K        float64
		LogProbability float64 `json:"log_probability"`
	}
}

type distribution struct {
	Model                    string
	X                        float32
	Values                   []float32
	Edges, Cumulative        []float64
	Mean, Variance, Kurtosis float64
}

func recorded(t *testing.T) record {
	t.Helper()
	text, err := os.ReadFile("testdata/distributions.json")
	if err != nil {
		t.Fatal(err)
	}
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func (d distribution) String() string { return fmt.Sprintf("%s x=%v %v", d.Model, d.X, d.Values) }

// draws is a sample of the distribution.
func (d distribution) draws(t *testing.T, n int) []float64 {
	t.Helper()
	model, _, found := ByName(d.Model)
	if !found {
		t.Fatalf("there is no model %s", d.Model)
	}
	var values Values
	copy(values[:], d.Values)
	clean, noisy := make([]float32, n), make([]float32, n)
	for i := range clean {
		clean[i] = d.X
	}
	model.Apply(noisy, clean, values, &Words{Seed: 12345, Stream: random.Noise, Step: 7, Sample: 3})
	wide := make([]float64, n)
	for i, y := range noisy {
		wide[i] = float64(y)
	}
	return wide
}

// deviations is the two-sided normal quantile of the level of every test, 1e-5.
const deviations = 4.42

// enough is how many draws resolve the variance to 1 %, between 2^18 and 2^21.
func (d distribution) enough() int {
	return int(min(max(1.05*(d.Kurtosis-1)*deviations*deviations/1e-4, 1<<18), 1<<21))
}

// A judgement is what a sample of y says about a distribution. Each statistic passes up to 1, at a level of 1e-5.
type judgement struct {
	chiSquared         float64 // of the counts between the edges
	kolmogorov         float64 // the largest distance of the distribution functions at the edges
	mean, variance     float64
	varianceResolution float64 // the relative error of the variance at which the last statistic is 1
}

func (j judgement) passes() bool {
	return j.chiSquared <= 1 && j.kolmogorov <= 1 && j.mean <= 1 && j.variance <= 1
}

func (d distribution) judge(draws []float64) judgement {
	sorted := append([]float64(nil), draws...)
	sort.Float64s(sorted)
	n := float64(len(draws))
	var j judgement
	last, lastCumulative := 0, 0.0
	bins := append(append([]float64(nil), d.Cumulative...), 1)
	for i, cumulative := range bins {
		at := len(sorted)
		if i < len(d.Edges) {
			at = sort.SearchFloat64s(sorted, d.Edges[i])
		}
		expected := n * (cumulative - lastCumulative)
		difference := float64(at-last) - expected
		j.chiSquared += difference * difference / expected
		j.kolmogorov = max(j.kolmogorov, math.Abs(float64(at)/n-cumulative))
		last, lastCumulative = at, cumulative
	}
	// Wilson & Hilferty (1931); 4.265 is the normal quantile of the level.
	freedom := float64(len(bins) - 1)
	if freedom > 0 {
		j.chiSquared /= freedom * math.Pow(1-2/(9*freedom)+4.265*math.Sqrt(2/(9*freedom)), 3)
	}
	j.kolmogorov *= math.Sqrt(n) / 2.47 // sqrt(-ln(level/2) / 2)
	mean, square := 0.0, 0.0
	for _, y := range draws {
		mean += y / n
		square += (y - d.Mean) * (y - d.Mean) / n
	}
	j.mean = math.Abs(mean-d.Mean) / (deviations * math.Sqrt(d.Variance/n))
	j.varianceResolution = deviations * math.Sqrt((d.Kurtosis-1)/n)
	j.variance = math.Abs(square/d.Variance-1) / j.varianceResolution
	return j
}

// TestSamplersHaveTheirDistribution compares every model with SciPy's distribution functions and moments at many parameters. Where the sample resolves it, a
// variance that is 2 % off fails.
func TestSamplersHaveTheirDistribution(t *testing.T) {
	resolved, covered := map[string]bool{}, map[string]bool{}
	for _, d := range recorded(t).Distributions {
		covered[d.Model] = true
		draws := d.draws(t, d.enough())
		j := d.judge(draws)
		if !j.passes() {
			t.Errorf("%v: %+v", d, j)
		}
		if j.varianceResolution > 0.01 {
			continue
		}
		resolved[d.Model] = true
		for _, factor := range []float64{0.98, 1.02} {
			wrong := make([]float64, len(draws))
			for i, y := range draws {
				wrong[i] = d.Mean + math.Sqrt(factor)*(y-d.Mean)
			}
			if j := d.judge(wrong); j.variance <= 1 {
				t.Errorf("%v: a variance of %v passes: %+v", d, factor, j)
			}
		}
	}
	for _, name := range Names() {
		if !covered[name] || !resolved[name] {
			t.Errorf("%s: recorded %v, its variance resolved to 1 %% %v", name, covered[name], resolved[name])
		}
	}
}

// TestJudgementRejects: each statistic finds the fault that it is for.
func TestJudgementRejects(t *testing.T) {
	for _, d := range recorded(t).Distributions {
		if d.Model != "speckle" || d.Values[0] != 4 {
			continue
		}
		draws := d.draws(t, 1<<19)
		for i := range draws {
			if i%50 == 0 { // every fiftieth value is its neighbour in one bin
				draws[i] = d.Edges[30] + 1e-6
			}
		}
		if j := d.judge(draws); j.chiSquared <= 1 || j.kolmogorov <= 1 {
			t.Errorf("an atom of 2 %% passes: %+v", j)
		}
		draws = d.draws(t, 1<<19)
		for i := range draws {
			draws[i] *= 1.01
		}
		if j := d.judge(draws); j.mean <= 1 || j.kolmogorov <= 1 {
			t.Errorf("a mean 1 %% off passes: %+v", j)
		}
		return
	}
	t.Fatal("no speckle of 4 looks is recorded")
}

// TestCountsOfSmallMeans: too rare for a sample, the counts above 0 have their probability exactly: all first words are tried. A word is
// rounded to 24 bits, an error of 2^-25, and the limit to as many.
func TestCountsOfSmallMeans(t *testing.T) {
	for _, mean := range []float32{1e-3, 0.01, 0.1, 1} {
		limit, zero := exponential(-mean), 0
		for k := range 1 << 24 {
			if float32(k+1)*0x1p-24 < limit {
				zero++
			}
		}
		some, want := 1-float64(zero)*0x1p-24, -math.Expm1(-float64(mean))
		if !(math.Abs(some-want) <= 0x1p-23) {
			t.Errorf("mean %v: P(k > 0) = %v, want %v", mean, some, want)
		}
	}
}

// TestLogProbability compares with SciPy where PTRS needs it.
func TestLogProbability(t *testing.T) {
	for _, c := range recorded(t).Counts {
		bound := 1e-4
		if c.K == 0 {
			bound = 4e-4 // Stirling's series at n = 1; P(0) is 5e-5 at most
		}
		if got := float64(logProbability(float32(c.K), float32(c.Mean))); !(math.Abs(got-c.LogProbability) <= bound) {
			t.Errorf("ln P(%v) at mean %v is %v, want %v", c.K, c.Mean, got, c.LogProbability)
		}
	}
}

// TestPrescribedFunctions bounds their errors against float64 over their whole ranges.
func TestPrescribedFunctions(t *testing.T) {
	worstLogarithm, worstExponential := 0.0, 0.0
	for i := range 1 << 20 {
		u := math.Float32frombits(uint32(0x00800000 + i*(0x7f7fffff-0x00800000)>>20))
		want := math.Log(float64(u))
		worstLogarithm = max(worstLogarithm, math.Abs(float64(logarithm(u))-want)/math.Abs(want))
		x := float32(-87 + 175*float64(i)*0x1p-20)
		worstExponential = max(worstExponential, math.Abs(float64(exponential(x))/math.Exp(float64(x))-1))
	}
	for k := 1; k < 1<<24; k += 7 { // around 1, where the result is small
		u := float32(k) * 0x1p-24
		want := math.Log(float64(u))
		worstLogarithm = max(worstLogarithm, math.Abs(float64(logarithm(u))-want)/math.Abs(want))
	}
	if !(worstLogarithm <= 2*0x1p-23) || !(worstExponential <= 2*0x1p-23) {
		t.Errorf("errors of %v and %v units in the last place", worstLogarithm*0x1p23, worstExponential*0x1p23)
	}
	worstNormal := 0.0
	for block := range uint32(1 << 18) {
		words := random.Words(1, random.Noise, 0, 0, block)
		want := random.Normals(words)
		worstNormal = max(worstNormal, math.Abs(float64(normal(words[0], words[1]))-want[0]), math.Abs(float64(normal(words[2], words[3]))-want[2]))
	}
	if !(worstNormal <= random.NormalBound) {
		t.Errorf("a normal value is %v off", worstNormal)
	}
}

// TestLevelIsTheDeviationAtWhite compares each model's level with the recorded variance at x = 1; where y is nonlinear, the level is that
// of the linearised model, whose variance is 2 % off at a thousand counts.
func TestLevelIsTheDeviationAtWhite(t *testing.T) {
	checked := map[string]bool{}
	for _, d := range recorded(t).Distributions {
		model, _, _ := ByName(d.Model)
		bound := 1e-5
		if d.Model == "ct" {
			bound = 0.01
			if float64(d.Values[0])*math.Exp(-float64(d.Values[1])) < 100 {
				continue
			}
		}
		if d.X != 1 && d.Model != "gaussian" {
			continue
		}
		var values Values
		copy(values[:], d.Values)
		checked[d.Model] = true
		if level := float64(model.Level(values)); !(math.Abs(level/math.Sqrt(d.Variance)-1) <= bound) {
			t.Errorf("%v: level %v, deviation %v", d, level, math.Sqrt(d.Variance))
		}
	}
	if len(checked) != len(Models()) {
		t.Errorf("only %v are recorded at x = 1", checked)
	}
}

// TestSamplersEnd: values that are no images and parameters that are no numbers give results, and NaN where there is none.
func TestSamplersEnd(t *testing.T) {
	nan, infinity := float32(math.NaN()), float32(math.Inf(1))
	for _, model := range Models() {
		for _, values := range []Values{{1, 1}, {nan, nan}, {0, 0}, {infinity, infinity}, {-1, -1}} {
			for _, x := range []float32{0, 1, -1, nan, infinity, -infinity, 1e30} {
				words := Words{Seed: 1, Stream: random.Noise}
				y := model.Sample(x, values, &words)
				if x != x && y == y {
					t.Errorf("%s: %v at %v with %v", model.Name, y, x, values)
				}
			}
		}
	}
}
