//go:build !cgo

package cpu

import (
	"runtime"
	"time"
	"unsafe"
)

// slow is the device's Info.Slow.
const slow = "this program was built without cgo, so the cpu device is plain Go on one thread; " +
	"build it with gcc and CGO_ENABLED=1"

// hasWinograd says that only direct sums are written in Go.
const hasWinograd = false

// backend computes with plain loops on the caller's thread.
type backend struct {
	tier    string
	threads int
}

// Tiers lists the one that there is without cgo: go.
func Tiers() []string { return []string{"go"} }

func newBackend(tier string, _ int) (*backend, error) { return &backend{tier: tier, threads: 1}, nil }

func (b *backend) with(string) *backend { return b }

func (b *backend) close() {}

func processorName() string { return runtime.GOARCH }

// allocate returns memory that the region's pointer keeps alive.
func allocate(bytes int) unsafe.Pointer {
	words := make([]uint64, (bytes+alignment)/8)
	start := unsafe.Pointer(&words[0])
	return unsafe.Add(start, (alignment-uintptr(start)%alignment)%alignment)
}

func release(unsafe.Pointer) {}

// PeakGFLOPS measures the device's float32 multiplications and additions, as the function of this name does.
func (d *Device) PeakGFLOPS() float64 {
	d.turn.Lock()
	defer d.turn.Unlock()
	const chains, steps = 8, 1 << 16
	best := 0.0
	for range 20 {
		var chain [chains]float32
		start := time.Now()
		for range steps {
			for i := range chain {
				chain[i] = chain[i]*0.999 + 1e-3
			}
		}
		elapsed := float64(time.Since(start).Nanoseconds())
		if chain[0] > 0 {
			best = max(best, 2*chains*steps/elapsed)
		}
	}
	return best
}
