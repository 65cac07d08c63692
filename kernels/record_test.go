//go:build gpu

package kernels

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"tweedie/kernels/driver"
)

func TestRecordAtTheEndOfTheSteps(t *testing.T) {
	onDevice(t, func(b *bench) {
		for _, samples := range []int{1, threads - 1, threads, threads + 1, 3000} {
			losses := values(uint64(samples), samples)
			mean := 0.0
			for _, loss := range losses {
				mean += float64(loss)
			}
			want := []float32{-1, -2, float32(mean / float64(samples)), 7, -5, -6}
			r := Record{Losses: upload(b, losses, 4), Norm: upload(b, []float32{7}, 4), Samples: samples, Rows: 3}
			r.Ring, r.Scalars = upload(b, []float32{-1, -2, -3, -4, -5, -6}, 4), b.scalars(1<<32-3, 0) // 2^32 = 1 mod 3
			seen, err := driver.Pinned(4 * 6)
			b.must(err)
			r.Copy, err = driver.OfPinned(seen)
			b.must(err)
			clear(seen)
			b.must(b.kernels.Record(b.stream, r))
			b.sameBits(fmt.Sprint(samples, " samples"), download[float32](b, r.Ring, 6), want)
			for i, value := range []float32{0, 0, want[2], want[3], 0, 0} {
				if got := math.Float32frombits(binary.NativeEndian.Uint32(seen[4*i:])); got != value {
					t.Errorf("%d samples: element %d of the host's copy is %v, want %v", samples, i, got, value)
				}
			}
			b.must(driver.FreePinned(seen))
		}
	})
}

// A step that was captured once follows the scalars in device memory.
func TestCapturedStepReadsScalars(t *testing.T) {
	onDevice(t, func(b *bench) {
		pinned, err := driver.Pinned(ScalarsBytes)
		b.must(err)
		scalars, ring := b.scalars(0, 0), upload(b, make([]float32, 8), 0)
		losses, one := b.allocate(12, 0), upload(b, []float32{1}, 0)
		noise := AddNoise{
			Clean: upload(b, values(1, 3*8), 0), Noisy: b.allocate(3*8*4, 0), Levels: losses, Scalars: scalars, Samples: 3, Elements: 8, Draw: true, To: 1, Stream: 4,
		}
		step := func() error {
			b.must(b.stream.Upload(scalars, pinned))
			b.must(b.kernels.AddNoise(b.stream, noise))
			return b.kernels.Record(b.stream, Record{Losses: losses, Norm: one, Ring: ring, Scalars: scalars, Samples: 3, Rows: 4})
		}
		graph, err := driver.Capture(b.stream, step)
		b.must(err)
		var want []float32
		for i := range uint32(4) {
			Scalars{Step: i}.Put(pinned)
			b.must(step())
			b.must(b.stream.Synchronize())
		}
		want = download[float32](b, ring, 8)
		b.must(b.stream.Fill(ring, 0, 8))
		for i := range uint32(4) {
			Scalars{Step: i}.Put(pinned)
			b.must(graph.Launch(b.stream))
			b.must(b.stream.Synchronize())
		}
		b.sameBits("ring", download[float32](b, ring, 8), want)
		if want[0] == want[2] || want[0] == 0 {
			t.Errorf("every step recorded the same: %v", want)
		}
		b.must(graph.Close())
		b.must(driver.FreePinned(pinned))
	})
}
