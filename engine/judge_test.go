package engine

import (
	"math"
	"strings"
	"testing"

	"tweedie/engine/score"
)

// TestJudgeOfDeviations: the standard deviations count when they are asked for, a value that is not a number never passes, and what cannot be measured is an error.
func TestJudgeOfDeviations(t *testing.T) {
	for _, test := range []struct {
		prior     string
		rms, most float64
		passes    bool
	}{
		{"ring8", 0.01, 0.049, true}, {"ring8", 0.01, 0.051, false}, {"ring8", 0.01, math.NaN(), false},
		{"patches8", 0.049, 1, true}, {"patches8", 0.051, 1, false}, {"patches8", math.NaN(), 1, false},
	} {
		prior, err := score.OpenPrior(test.prior)
		if err != nil {
			t.Fatal(err)
		}
		finding := score.Finding{Condition: "sigma 1", Sigma: 1, Deviations: score.Deviations{RMS: test.rms, Most: test.most, Where: []float64{0.5, -1}, Count: 5}}
		for _, held := range []bool{true, false} {
			v := (&Verified{Prior: prior, Findings: []score.Finding{finding}, MostGap: MostGap}).judge(held)
			if passes := len(v.Failures) == 0; passes != (test.passes || !held) {
				t.Errorf("%+v, held %v: %v", test, held, v.Failures)
			}
			if len(v.Failures) > 0 && !strings.Contains(v.Failures[0], "that the Jacobian claims") {
				t.Errorf("%+v: %v", test, v.Failures)
			}
		}
	}
}
