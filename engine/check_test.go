package engine

import "testing"

// TestCheckPassesOnTheProcessor: outside of its own tests too, the processor is judged by the bounds of the algorithms that it takes.
func TestCheckPassesOnTheProcessor(t *testing.T) {
	results, err := Check("cpu", 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) < 300 {
		t.Errorf("%d parts were checked", len(results))
	}
	for _, result := range results {
		for _, failure := range result.Failures {
			t.Errorf("%s: %s", result.Name, failure)
		}
	}
}
