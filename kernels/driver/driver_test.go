//go:build gpu

package driver

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"unsafe"
)

// onDevice calls f inside Do on the emulated device, with a stream.
func onDevice(t *testing.T, f func(d *Device, s Stream)) {
	t.Helper()
	if os.Getenv("TWEEDIE_CUDA_DRIVER") == "" {
		t.Skip("TWEEDIE_CUDA_DRIVER is not set: scripts/cuda-emulator.sh builds an emulated driver")
	}
	if err := Load(); err != nil {
		t.Fatal(err)
	}
	d, err := Open(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, d.Close()) }) // last: closing frees what was allocated
	if d.Info().Name != "Emulated device" {
		t.Skipf("%s has no image of testdata/probe.cu", d.Info().Name)
	}
	must(t, d.Do(func() error {
		s, err := NewStream()
		must(t, err)
		f(d, s)
		return s.Close()
	}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func allocate(t *testing.T, bytes int64) Address {
	t.Helper()
	address, err := Allocate(bytes)
	must(t, err)
	t.Cleanup(func() {
		d, err := Open(0)
		must(t, err)
		must(t, d.Do(func() error { return Free(address) }))
		must(t, d.Close())
	})
	return address
}

func pinned(t *testing.T, bytes int) []byte {
	t.Helper()
	memory, err := Pinned(bytes)
	must(t, err)
	t.Cleanup(func() {
		d, err := Open(0)
		must(t, err)
		must(t, d.Do(func() error { return FreePinned(memory) }))
		must(t, d.Close())
	})
	return memory
}

func floats(memory []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(memory))), len(memory)/4)
}

func probe(t *testing.T, name string) Function {
	t.Helper()
	module, err := LoadModule([]byte("EMU"))
	must(t, err)
	function, err := module.Function(name)
	must(t, err)
	return function
}

func TestMemoryIsCounted(t *testing.T) {
	onDevice(t, func(d *Device, s Stream) {
		before, total, err := d.Memory()
		must(t, err)
		address := allocate(t, 1<<20)
		during, _, err := d.Memory()
		must(t, err)
		if total != d.Info().Bytes || before > total || !(before-during >= 1<<20) {
			t.Errorf("free %d, then %d with 1 MiB allocated, of %d; the device has %d", before, during, total, d.Info().Bytes)
		}
		if address%256 != 0 {
			t.Errorf("address %#x is not aligned to 256 bytes", address)
		}
		_, err = Allocate(1 << 50)
		var failure *Error
		if !errors.As(err, &failure) || !failure.OutOfMemory() || failure.Sticky() {
			t.Errorf("2^50 bytes were answered by %v", err)
		}
		wantError(t, err, "cuMemAlloc of 1125899906842624 bytes", "out of memory")
	})
}

func TestEveryKindOfArgumentArrives(t *testing.T) {
	type values struct {
		first  float32
		second float64
		third  uint8
		fourth [5]uint32
	}
	onDevice(t, func(d *Device, s Stream) {
		out, host := allocate(t, 9*8), pinned(t, 9*8)
		argument := values{1.5, -2.25, 200, [5]uint32{1, 2, 3, 4, 4000000000}}
		must(t, probe(t, "probe_arguments").Launch(s, Dim{}, Dim{X: 32}, 0,
			out, int32(-7), Struct(&argument), uint32(3000000000), float32(0.1), uint64(5)<<32|9, math.Pi))
		must(t, s.Download(host, out))
		must(t, s.Synchronize())
		for i, want := range []float64{-7, 3000000000, 14, float64(float32(0.1)), math.Pi, 1.5, -2.25, 200, 4000000000} {
			if got := math.Float64frombits(binary.NativeEndian.Uint64(host[8*i:])); got != want {
				t.Errorf("value %d is %v, not %v", i, got, want)
			}
		}
	})
}

func TestWrongArgumentsAreErrors(t *testing.T) {
	onDevice(t, func(d *Device, s Stream) {
		double := probe(t, "probe_double")
		value := allocate(t, 4)
		wantError(t, double.Launch(s, Dim{}, Dim{}, 0, value, float32(1)), "probe_double takes 3 arguments, not 2")
		wantError(t, double.Launch(s, Dim{}, Dim{}, 0, value, float64(1), int32(1)), "argument 1", "float64 of 8 bytes", "parameter of 4")
		wantError(t, double.Launch(s, Dim{}, Dim{}, 0, value, float32(1), 1), "argument 2", "a int cannot be passed")
		wantError(t, double.Launch(s, Dim{X: 3}, Dim{X: 2000}, 0, value, float32(1), int32(1)), `cuLaunchKernel("probe_double") of 3x1x1 blocks of 2000x1x1 threads`)
		module, err := LoadModule([]byte("EMU"))
		must(t, err)
		_, err = module.Function("absent")
		wantError(t, err, `cuModuleGetFunction("absent")`, "CUDA_ERROR_NOT_FOUND")
		must(t, module.Close())
		_, err = LoadModule([]byte("no image"))
		wantError(t, err, "cuModuleLoadData of 8 bytes")
	})
}

func TestSharedMemoryAbove48KiB(t *testing.T) {
	onDevice(t, func(d *Device, s Stream) {
		const words, blocks = 15 << 10, 2 // 60 KiB
		if d.Info().SharedBytes < 4*words {
			t.Fatalf("a block has %d bytes of shared memory", d.Info().SharedBytes)
		}
		in, out, host := allocate(t, 4*words*blocks), allocate(t, 4*words*blocks), pinned(t, 4*words*blocks)
		for i := range floats(host) {
			floats(host)[i] = float32(i)
		}
		must(t, s.Upload(in, host))
		must(t, s.Synchronize())
		function := probe(t, "probe_shared")
		if err := function.Launch(s, Dim{X: blocks}, Dim{X: 64}, 4*words, out, in, int32(words)); err == nil {
			t.Error("60 KiB of shared memory were granted without being allowed")
		}
		must(t, function.AllowShared(4*words))
		must(t, function.Launch(s, Dim{X: blocks}, Dim{X: 64}, 4*words, out, in, int32(words)))
		must(t, s.Download(host, out))
		must(t, s.Synchronize())
		for i, got := range floats(host) {
			if want := float32(i/words*words + words - 1 - i%words); !(got == want) {
				t.Fatalf("value %d is %v, not %v", i, got, want)
			}
		}
	})
}

func TestFillAndCopy(t *testing.T) {
	onDevice(t, func(d *Device, s Stream) {
		a, b, host := allocate(t, 28), allocate(t, 28), pinned(t, 28)
		must(t, s.Fill(a, math.Float32bits(3), 7))
		must(t, s.Fill(b, math.Float32bits(4), 7))
		must(t, s.Copy(b+8, a, 12)) // b is 4 4 3 3 3 4 4
		must(t, s.Download(host, b))
		must(t, s.Synchronize())
		for i, want := range []float32{4, 4, 3, 3, 3, 4, 4} {
			if got := floats(host)[i]; !(got == want) {
				t.Errorf("value %d is %v, not %v", i, got, want)
			}
		}
		must(t, s.Fill(0, 1, 0)) // nothing to do is no error
		must(t, s.Copy(0, 0, 0))
		must(t, s.Upload(0, nil))
		must(t, s.Download(nil, 0))
		must(t, Free(0))
		must(t, FreePinned(nil))
	})
}

// A second stream reads what the first has written only because it waits for the event.
func TestEventOrdersStreams(t *testing.T) {
	onDevice(t, func(d *Device, s Stream) {
		other, err := NewStream()
		must(t, err)
		begin, err := NewEvent(true)
		must(t, err)
		written, err := NewEvent(true)
		must(t, err)
		value, host := allocate(t, 4), pinned(t, 4)
		must(t, s.Record(begin))
		must(t, s.Fill(value, math.Float32bits(5), 1))
		must(t, probe(t, "probe_double").Launch(s, Dim{}, Dim{X: 32}, 0, value, float32(1), int32(1)))
		must(t, s.Record(written))
		must(t, other.Wait(written))
		must(t, other.Download(host, value))
		must(t, other.Synchronize())
		if got := floats(host)[0]; !(got == 11) {
			t.Errorf("the other stream read %v, not 11", got)
		}
		must(t, written.Synchronize())
		if done, err := written.Done(); !done || err != nil {
			t.Errorf("an event that was waited for is done: %v, %v", done, err)
		}
		if elapsed, err := Elapsed(begin, written); err != nil || !(elapsed >= 0 && elapsed < 60000) {
			t.Errorf("the kernel took %v ms, %v", elapsed, err)
		}
		must(t, begin.Close())
		must(t, written.Close())
		must(t, other.Close())
	})
}

// An event is done some time after its work was enqueued, and asking for it ends.
func TestEventIsPolled(t *testing.T) {
	onDevice(t, func(d *Device, s Stream) {
		event, err := NewEvent(false)
		must(t, err)
		value, host := allocate(t, 4), pinned(t, 4)
		must(t, s.Fill(value, math.Float32bits(6), 1))
		must(t, s.Download(host, value))
		must(t, s.Record(event))
		for done := false; !done; {
			done, err = event.Done()
			must(t, err)
		}
		if got := floats(host)[0]; !(got == 6) {
			t.Errorf("when the event was done the host read %v, not 6", got)
		}
		must(t, event.Close())
	})
}

func TestGraphReplaysWithWhatMemoryHolds(t *testing.T) {
	onDevice(t, func(d *Device, s Stream) {
		double := probe(t, "probe_double")
		value, in, out := allocate(t, 4), pinned(t, 4), pinned(t, 4)
		floats(in)[0], floats(out)[0] = 1, -1
		graph, err := Capture(s, func() error {
			return errors.Join(s.Upload(value, in), double.Launch(s, Dim{}, Dim{X: 32}, 0, value, float32(3), int32(1)), s.Download(out, value))
		})
		must(t, err)
		must(t, s.Synchronize())
		if got := floats(out)[0]; !(got == -1) {
			t.Errorf("the capture itself ran: %v", got)
		}
		for _, input := range []float32{1, 10, 100} {
			floats(in)[0] = input
			must(t, graph.Launch(s))
			must(t, s.Synchronize())
			if got := floats(out)[0]; !(got == 2*input+3) {
				t.Errorf("from %v the graph made %v", input, got)
			}
		}
		must(t, graph.Close())
		failure := errors.New("body failed")
		if _, err := Capture(s, func() error { return failure }); !errors.Is(err, failure) {
			t.Errorf("a failing body gave %v", err)
		}
		must(t, s.Fill(value, 0, 1)) // the stream is usable after a failed capture
		must(t, s.Synchronize())
	})
}

// A kernel that writes outside its memory loses the context: every later call fails, and the error says so.
func TestStickyError(t *testing.T) {
	if os.Getenv("TWEEDIE_CUDA_DRIVER") == "" {
		t.Skip("TWEEDIE_CUDA_DRIVER is not set: scripts/cuda-emulator.sh builds an emulated driver")
	}
	if !inProcess(t, os.Getenv("TWEEDIE_CUDA_DRIVER")) {
		return
	}
	must(t, Load())
	d, err := Open(0)
	must(t, err)
	err = d.Do(func() error {
		s, err := NewStream()
		must(t, err)
		value, err := Allocate(4)
		must(t, err)
		// The error comes with any call from the launch on.
		err = errors.Join(probe(t, "probe_double").Launch(s, Dim{}, Dim{X: 32}, 0, value, float32(0), int32(16)), s.Synchronize())
		var failure *Error
		if !errors.As(err, &failure) || !failure.Sticky() || !strings.Contains(failure.Text, "probe_double") {
			t.Errorf("a write past the end was answered by %v", err)
		}
		_, err = Allocate(4)
		return err
	})
	var failure *Error
	if !errors.As(err, &failure) || !failure.Sticky() {
		t.Errorf("after a lost context Allocate returned %v", err)
	}
}
