// Package cpu is the device that computes on the processor: float32 kernels in C, in one source for plain C, AVX2 and AVX-512, chosen when the
// program runs, on a pool of threads of its own. Without cgo the same operations are plain Go loops, and Info says that this is slow.
//
// A convolution is computed by direct sums or, where that is faster, by Winograd's fewer multiplications (winograd.h); plan.go has the rule, and the Plan
// the choice. What an operation means is in package program; how each kernel blocks its loops is in the head
// of its C file.
package cpu

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"tweedie/engine/device"
)

// tierVariable names the environment variable that chooses the kernels where Options does not.
const tierVariable = "TWEEDIE_CPU"

// Options says how a device is opened.
type Options struct {
	Threads int    // 0: as many as the process may use
	Tier    string // one of Tiers; empty: the variable TWEEDIE_CPU, or the last of Tiers
	Guards  bool   // guard bands around every tensor, temporary and workspace, for tests: see CheckGuards
	Shuffle uint64 // if not 0, tasks run on one thread in an order drawn from it and the step, for tests: see graph_run_shuffled in graph.h
}

// Device computes with one pool of threads. Its States and Executables may be used by several goroutines; their runs take turns.
type Device struct {
	backend *backend
	guards  bool
	shuffle uint64
	turn    sync.Mutex // held while tensors are computed, read or written
	closed  bool
}

// New opens the device. A tier that this processor or this build lacks, and a negative number of threads, are errors.
func New(options Options) (*Device, error) {
	threads := options.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	if threads < 1 || threads > 1024 {
		return nil, fmt.Errorf("cpu: %d threads; use 1 to 1024, or 0 for as many as there are processors", options.Threads)
	}
	tiers := Tiers()
	tier, source := options.Tier, "the tier"
	if tier == "" {
		tier, source = os.Getenv(tierVariable), tierVariable
	}
	if tier == "" {
		tier = tiers[len(tiers)-1]
	}
	if !slices.Contains(tiers, tier) {
		return nil, fmt.Errorf("cpu: %s %q is not one that this processor and this build have; use one of %s", source, tier, strings.Join(tiers, ", "))
	}
	backend, err := newBackend(tier, threads)
	if err != nil {
		return nil, err
	}
	return &Device{backend: backend, guards: options.Guards, shuffle: options.Shuffle}, nil
}

// Info describes the processor and the kernels in use.
func (d *Device) Info() device.Info {
	return device.Info{
		Name:        "cpu",
		Description: fmt.Sprintf("%s, %s", processorName(), tierNames[d.backend.tier]),
		Threads:     d.backend.threads,
		Slow:        slow,
	}
}

// Close ends the device's threads. States and Executables must not be used afterwards.
func (d *Device) Close() error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if !d.closed {
		d.backend.close()
	}
	d.closed = true
	return nil
}

var tierNames = map[string]string{"plain": "plain C", "avx2": "AVX2", "avx512": "AVX-512", "go": "plain Go"}
