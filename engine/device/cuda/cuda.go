//go:build gpu

// Package cuda is the device that computes on NVIDIA GPUs: the kernels of package kernels, launched through package driver. A program is captured
// once as a CUDA graph, so that a run is one upload of its scalars and one launch; all that a device holds lies in a few pieces of memory whose
// layout is planned before the first run.
//
// What an operation means is in package program; how a kernel computes it, in package kernels.
package cuda

import (
	"errors"
	"fmt"
	"sync"

	"tweedie/engine/device"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

// name is the device's in Plans and in experiments.
const name = "cuda"

// Options says how a device is opened.
type Options struct {
	Ordinal   int  // which of the machine's devices, as in cuda:0
	Guards    bool // guard bands around every tensor, temporary and workspace, for tests: see CheckGuards
	OneStream bool // graphs without branches, for tests
	// TryWgmma times the algorithm wgmma, too, on a device of compute capability 9.0 on which CompareWgmma finds no fault. It has never run on a device.
	TryWgmma bool
}

// Device computes on one GPU. Its States and Executables may be used by several goroutines; their calls take turns.
type Device struct {
	driver    *driver.Device
	kernels   *kernels.Kernels
	stream    driver.Stream
	side      driver.Stream // a second one, for branches of graphs
	libraries *libraries
	staging   []byte // page-locked memory, through which tensors pass
	snapshots *downloads
	guards    bool
	oneStream bool // graphs have no branches, for tests
	tryWgmma  bool
	wgmma     comparison
	turn      sync.Mutex
	closed    bool
}

// stagingBytes is the size of a piece of a transfer: long against its latency.
const stagingBytes = 8 << 20

// New opens a device. The error says why there is none.
func New(options Options) (*Device, error) {
	if err := driver.Load(); err != nil {
		return nil, err
	}
	opened, err := driver.Open(options.Ordinal)
	if err != nil {
		return nil, err
	}
	d := &Device{driver: opened, guards: options.Guards, oneStream: options.OneStream, tryWgmma: options.TryWgmma}
	err = opened.Do(func() error {
		var err error
		if d.kernels, err = kernels.Load(opened); err != nil {
			return err
		}
		if d.staging, err = driver.Pinned(stagingBytes); err != nil {
			return errors.Join(err, d.kernels.Close())
		}
		if d.snapshots, err = newDownloads(); err != nil {
			return errors.Join(err, driver.FreePinned(d.staging), d.kernels.Close())
		}
		if d.stream, err = driver.NewStream(); err != nil {
			return errors.Join(err, d.snapshots.close(), driver.FreePinned(d.staging), d.kernels.Close())
		}
		if d.side, err = driver.NewStream(); err != nil {
			return errors.Join(err, d.stream.Close(), d.snapshots.close(), driver.FreePinned(d.staging), d.kernels.Close())
		}
		d.libraries = openLibraries(opened, d.stream)
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return d, nil
}

// Info describes the GPU.
func (d *Device) Info() device.Info {
	info := d.driver.Info()
	return device.Info{
		Name: name,
		Description: fmt.Sprintf("%s, %.0f GiB, compute capability %d.%d", info.Name, float64(info.Bytes)/(1<<30), info.Capability[0],
			info.Capability[1]),
		Threads: 1, Missing: d.libraries.absent(),
	}
}

// Probe compares the layouts of the tensor cores' operands, and the conversions and copies that kernels use, with what the kernels take for granted.
func (d *Device) Probe() error { return d.do(func() error { return d.kernels.Probe(d.stream) }) }

// Close gives the device back. States and Executables must be closed before.
func (d *Device) Close() error {
	d.snapshots.turn.Lock()
	defer d.snapshots.turn.Unlock()
	err := d.do(func() error {
		d.closed = true
		return errors.Join(d.stream.Synchronize(), d.libraries.close(), d.stream.Close(), d.side.Close(), d.snapshots.close(),
			driver.FreePinned(d.staging), d.kernels.Close())
	})
	if errors.Is(err, errClosed) {
		return nil
	}
	return errors.Join(err, d.driver.Close())
}

var errClosed = errors.New("cuda: used after Close")

// do runs f with the device's context, one caller at a time. An error after which the device cannot be used any more says so.
func (d *Device) do(f func() error) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.closed {
		return errClosed
	}
	return d.call(f)
}

// call is do without taking a turn, for what only waits.
func (d *Device) call(f func() error) error {
	err := d.driver.Do(f)
	if cause := (*driver.Error)(nil); errors.As(err, &cause) {
		if cause.Sticky() {
			return &device.Failure{Err: fmt.Errorf("cuda: the GPU is lost to this process: %w", err)}
		}
		return &device.Failure{Err: err}
	}
	return err
}
