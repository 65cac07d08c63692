package engine

import (
	"errors"
	"math"
	"testing"
)

// TestProfileAddsUp: every operation of a step is in one row of kinds and one of shapes, its work is that of the step, and no time is below what the
// roofs allow.
func TestProfileAddsUp(t *testing.T) {
	b := Benchmark{Network: "dncnn3x16", Batch: 4, Size: 16, Mode: "train", Device: "cpu", Steps: 2}
	timing, err := Bench(b)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ProfileBench(b)
	if err != nil {
		t.Fatal(err)
	}
	for what, rows := range map[string][]ProfileRow{"kinds": p.Kinds, "shapes": p.Shapes} {
		sum, share, work, calls, longest := 0.0, 0.0, 0.0, map[string]int{}, math.Inf(1)
		for _, r := range rows {
			sum, share, work = sum+r.Minimum, share+r.Share, work+r.Work
			calls[r.Name] += r.Calls
			if !(r.Minimum <= longest) || !(r.Roof > 0) || !(r.Bytes > 0) {
				t.Errorf("%s: %+v", what, r)
			}
			longest = r.Minimum
		}
		if !(math.Abs(sum-p.Sum) <= 1e-9*p.Sum) || !(math.Abs(share-1) <= 1e-9) || !(math.Abs(work-timing.Work) <= 1e-9*work) {
			t.Errorf("%s: %v ms of %v, shares of %v, %v GFLOP of %v", what, sum, p.Sum, share, work, timing.Work)
		}
		if what == "kinds" && (calls["convolution"] != 3 || calls["transposed convolution"] != 2 || calls["weight gradient"] != 3 || calls["adam"] != 6) {
			t.Errorf("%v", calls)
		}
	}
	if !(p.Peak > 0 && p.Bandwidth > 0 && p.Step > 0) {
		t.Errorf("%+v", p)
	}
	b.Device = "reference"
	var failure *DeviceError
	if _, err := ProfileBench(b); !errors.As(err, &failure) {
		t.Errorf("a device without a profile gives %v", err)
	}
}
