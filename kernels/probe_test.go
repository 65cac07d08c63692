//go:build gpu

package kernels

import "testing"

func TestProbe(t *testing.T) {
	onDevice(t, func(b *bench) { b.must(b.kernels.Probe(b.stream)) })
}

// A single wrong bit is found in what each probe returns, and a NaN is no number.
func TestProbesSeeWrongWords(t *testing.T) {
	for _, p := range probes() {
		got := append([]uint32(nil), p.want...)
		if err := p.compare(got); err != nil {
			t.Errorf("its own words: %v", err)
		}
		got[len(got)-1] ^= 0x100
		if p.compare(got) == nil {
			t.Errorf("%s does not see a wrong bit", p.kernel)
		}
		got[len(got)-1] = 0x7fc00000
		if p.compare(got) == nil {
			t.Errorf("%s takes a NaN for %#x", p.kernel, p.want[len(got)-1])
		}
	}
}
