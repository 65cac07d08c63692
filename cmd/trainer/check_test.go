package main

import (
	"strings"
	"testing"

	"tweedie/engine/oracle"
	"tweedie/engine/program"
)

// TestContradictionsAreFailures: they are marked, counted, and end by the exit code of numeric failures.
func TestContradictionsAreFailures(t *testing.T) {
	weight := program.Tensor{Name: "weight", Shape: []int{2, 3}}
	rows := []oracle.Row{
		{Kind: "Convolution", Tensor: weight, Distances: []oracle.Distance{{Witness: "gorgonia", Value: 1e-16, Bound: 1e-9}}},
		{Kind: "gradient", Tensor: weight, Distances: []oracle.Distance{{Witness: "gorgonia", Value: 1e-16, Bound: 1e-9}, {Witness: "differences", Value: 2e-6, Bound: 1e-6}}},
	}
	var out strings.Builder
	err := newInvocation(command{}, nil, &out, nil).printWitnesses(rows)
	if exitCode(err) != exitNumeric || err.Error() != "the witnesses disagree over 1 of 2 results" {
		t.Errorf("the error is %v, code %d", err, exitCode(err))
	}
	lines := strings.Split(out.String(), "\n")
	for i, want := range map[int][]string{
		1: {"gorgonia", "differences"}, 2: {"Convolution", "weight[2 3]", "1.0e-16", "-", "ok"}, 3: {"gradient", "weight[2 3]", "1.0e-16", "2.0e-06", "FAILED"},
		4: {"bound", "1.0e-09", "1.0e-06"},
	} {
		if got := strings.Join(strings.Fields(lines[i]), " "); got != strings.Join(want, " ") {
			t.Errorf("line %d is %q, want %q", i, got, want)
		}
	}
}
