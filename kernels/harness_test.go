//go:build gpu

package kernels

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	"tweedie/kernels/driver"
)

// bench is a device with a stream, for one test. Whatever fails on it ends the test.
type bench struct {
	*testing.T
	kernels *Kernels
	stream  driver.Stream
	arrays  []driver.Address // freed at the end
}

// onDevice runs a test on the first device of the driver that TWEEDIE_CUDA_DRIVER names.
func onDevice(t *testing.T, test func(b *bench)) {
	t.Helper()
	if os.Getenv("TWEEDIE_CUDA_DRIVER") == "" {
		t.Skip("TWEEDIE_CUDA_DRIVER is not set: it names libcuda.so.1, or the emulator that scripts/cuda-emulator.sh builds")
	}
	if err := driver.Load(); err != nil {
		t.Fatal(err)
	}
	d, err := driver.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Do(func() error {
		b := &bench{T: t}
		var err error
		b.kernels, err = Load(d)
		b.must(err)
		b.stream, err = driver.NewStream()
		b.must(err)
		test(b)
		b.must(b.stream.Synchronize())
		for _, array := range b.arrays {
			b.must(driver.Free(array)) // where the emulator reports what was overwritten around it
		}
		b.must(b.stream.Close())
		return b.kernels.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// allocate returns memory that is skew bytes off the alignment of an allocation and ends with it.
func (b *bench) allocate(bytes, skew int) driver.Address {
	b.Helper()
	array, err := driver.Allocate(int64(skew + bytes))
	b.must(err)
	b.arrays = append(b.arrays, array)
	return array + driver.Address(skew)
}

// upload puts values into new memory that is skew bytes off the alignment of an allocation.
func upload[T any](b *bench, values []T, skew int) driver.Address {
	b.Helper()
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(values[0])))
	pinned, err := driver.Pinned(len(bytes))
	b.must(err)
	copy(pinned, bytes)
	address := b.allocate(len(bytes), skew)
	b.must(b.stream.Upload(address, pinned))
	b.must(b.stream.Synchronize())
	b.must(driver.FreePinned(pinned))
	return address
}

// download waits for the stream and returns the values at an address.
func download[T any](b *bench, address driver.Address, n int) []T {
	b.Helper()
	values := make([]T, n)
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), n*int(unsafe.Sizeof(values[0])))
	pinned, err := driver.Pinned(len(bytes))
	b.must(err)
	b.must(b.stream.Download(pinned, address))
	b.must(b.stream.Synchronize())
	copy(bytes, pinned)
	b.must(driver.FreePinned(pinned))
	return values
}

// scalars uploads a step's scalars.
func (b *bench) scalars(step uint32, rate float32) driver.Address {
	b.Helper()
	memory := make([]byte, ScalarsBytes)
	Scalars{step, rate}.Put(memory)
	return upload(b, memory, 0)
}

// withFewBlocks runs a test on grids of one multiprocessor's blocks, so that blocks take several chunks in turn, and on the device's own.
func (b *bench) withFewBlocks(test func()) {
	own := b.kernels.multiprocessors
	b.kernels.multiprocessors = 1
	test()
	b.kernels.multiprocessors = own
	test()
}

// values draws n float32 in [-1, 1).
func values(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 0))
	list := make([]float32, n)
	for i := range list {
		list[i] = 2*r.Float32() - 1
	}
	return list
}

// sameBits reports the first element whose bits differ from those wanted; it tells zeros of both signs and NaNs apart.
func (b *bench) sameBits(what string, got, want []float32) {
	b.Helper()
	if len(got) != len(want) || len(got) == 0 {
		b.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			b.Fatalf("%s: element %d is %v (%#08x), want %v (%#08x)", what, i, got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}

// The rounding to bfloat16 by its definition: the nearer of the two neighbours, of two equally near the one whose last bit is zero.
func roundBFloat16(value float32) uint16 {
	below := uint16(math.Float32bits(value) >> 16) // towards zero
	if value != value || math.IsInf(float64(value), 0) {
		return below
	}
	above := below + 1
	lower, upper := float64(singleOf(below)), float64(singleOf(above))
	if math.IsInf(upper, 0) { // beyond the largest value lies, for the rounding, 2^128
		upper = math.Copysign(0x1p128, lower)
	}
	toLower, toUpper := math.Abs(float64(value)-lower), math.Abs(upper-float64(value))
	if toLower < toUpper || toLower == toUpper && below&1 == 0 {
		return below
	}
	return above
}

func singleOf(bits uint16) float32 { return math.Float32frombits(uint32(bits) << 16) }
