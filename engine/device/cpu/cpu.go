// Package cpu is the device that computes on the processor: float32 kernels in C, in one source for plain C, AVX2 and AVX-512, chosen when the
// program runs, on a pool of threads of its own. Without cgo the same operations are plain Go loops, and Info says that this is slow.
//
// Between bfloat16 tensors, 3x3 convolutions and their gradients are computed by the tile unit of AMX where the processor has one (amx.h). That has never run on
// the hardware: the kernels are tested on an emulation in C that ends the program at any misuse, and their instructions one by one, decoded in the handler of the signal that
// they raise elsewhere; New tries the unit before it is used, and falls back to AVX-512 with a sentence in Info.
//
// A convolution is computed by direct sums or, where that is faster, by Winograd's fewer multiplications (winograd.h); plan.go has the rule, and the Plan
// the choice. What an operation means is in package program; how each kernel blocks its loops is in the head
// of its C file.
//
// A program runs as one graph of tasks (graph.h): a task waits for what it reads, not for an operation's end, so that threads seldom wait for each other and a
// neighbour that takes a core delays only what needs the task it interrupted.
//
// Profile times the operations one by one, and PeakGFLOPS and PeakGBs are the two roofs to hold them against (trainer bench -profile prints all). Measured on two cores
// of an AMD EPYC (Zen 4, 236 GFLOP/s of float32 multiply-adds, 51 GB/s of memory), unet32x64x128b1, 8 of 64x64, 50.6 ms in all:
//
//	                        ms    share   GFLOP/s as direct sums   of the roof
//	weight gradients       17.2    34 %                      385          51 %
//	convolutions           16.5    33 %                      402          54 %
//	their adjoints         15.7    31 %                      422          56 %
//	Adam                    0.9     2 %   (17 GB/s)                       34 %
//	average, norm, noise, loss, crops together: below 1 %
//
// The roof counts the multiplications that an algorithm does, a quarter of the direct sum's for Winograd's, at the peak, or the tensors' bytes at the memory's
// rate if that takes longer. No convolution of the network but those from and to one channel is bound by memory. Winograd's transforms come on top of its
// products, by count a third as many instructions with 32 channels and less with more: 46 % of the roof with 32 channels, 54 % with 64, 61 % with 128.
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
	Tier    string // one of Tiers, or amx: the last of them and AMX for bf16; empty: the variable TWEEDIE_CPU, or amx where it is usable, else the last of Tiers
	Guards  bool   // guard bands around every tensor, temporary and workspace, for tests: see CheckGuards
	Emulate bool   // computes on an emulation of AMX what that would compute, for tests: slowly, and with every misuse of the unit ending the program
	Shuffle uint64 // if not 0, tasks run on one thread in an order drawn from it and the step, for tests: see graph_run_shuffled in graph.h
}

// Device computes with one pool of threads. Its States and Executables may be used by several goroutines; their runs take turns.
type Device struct {
	backend  *backend
	amx      amxState // if it was looked for
	emulates bool     // AMX
	guards   bool
	shuffle  uint64
	turn     sync.Mutex // held while tensors are computed, read or written
	closed   bool
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
	asked := tier
	if tier == "" || tier == amxTier {
		tier = tiers[len(tiers)-1]
	}
	if !slices.Contains(tiers, tier) {
		return nil, fmt.Errorf("cpu: %s %q is not one that this processor and this build have; use one of %s", source, tier, strings.Join(tiers, ", "))
	}
	backend, err := newBackend(tier, threads)
	if err != nil {
		return nil, err
	}
	d := &Device{backend: backend, guards: options.Guards, shuffle: options.Shuffle, emulates: options.Emulate}
	switch {
	case options.Emulate:
		backend.emulateAMX()
	case asked == "" || asked == amxTier:
		d.amx = backend.useAMX()
	}
	if asked == amxTier && !backend.hasTiles() {
		backend.close()
		return nil, fmt.Errorf("cpu: %s %q: %s; use one of %s", source, asked, d.amx, strings.Join(tiers, ", "))
	}
	return d, nil
}

// Info describes the processor and the kernels in use.
func (d *Device) Info() device.Info {
	info := device.Info{
		Name:        "cpu",
		Description: fmt.Sprintf("%s, %s", processorName(), tierNames[d.backend.tier]),
		Threads:     d.backend.threads,
		Slow:        slow,
	}
	switch {
	case d.emulates && d.backend.hasTiles():
		info.Description += ", an emulation of AMX for bf16"
	case d.backend.hasTiles():
		info.Description += ", AMX for bf16"
	case d.amx == amxRefused || d.amx == amxWrong:
		info.Missing = string(d.amx)
	}
	return info
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
