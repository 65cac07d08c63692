//go:build !cgo

package cpu

import (
	"runtime"
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

func (b *backend) emulateAMX()      {}
func (b *backend) useAMX() amxState { return amxAbsent }
func (b *backend) hasTiles() bool   { return false }

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
