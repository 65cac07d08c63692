//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// edges are values around every kind of rounding: neighbours of bfloat16 values, ties, zeros, subnormals, the largest, infinite.
func edges() []float32 {
	var list []float32
	for _, exponent := range []uint32{0, 1, 100, 127, 200, 253, 254} {
		for _, fraction := range []uint32{0, 1, 0x7fff, 0x8000, 0x8001, 0xffff, 0x10000, 0x17fff, 0x18000, 0x18001, 0x7f7fff, 0x7f8000, 0x7fffff} {
			for _, sign := range []uint32{0, 1} {
				list = append(list, math.Float32frombits(sign<<31|exponent<<23|fraction))
			}
		}
	}
	return append(list, float32(math.Inf(1)), float32(math.Inf(-1)))
}

func TestConvertRoundsToNearestEven(t *testing.T) {
	onDevice(t, func(b *bench) {
		from := append(edges(), values(1, 9*chunk+1)...)
		b.withFewBlocks(func() {
			for _, skew := range []int{0, 1} {
				to := Array{b.allocate(2*len(from), 2*skew), BFloat16}
				b.must(b.kernels.Convert(b.stream, Convert{Array{upload(b, from, 0), Float32}, to, len(from)}))
				for i, got := range download[uint16](b, to.Address, len(from)) {
					if want := roundBFloat16(from[i]); got != want {
						t.Fatalf("%v (%#08x) is rounded to %#04x, want %#04x", from[i], math.Float32bits(from[i]), got, want)
					}
				}
			}
		})
		nan := Array{b.allocate(2, 0), BFloat16}
		b.must(b.kernels.Convert(b.stream, Convert{Array{upload(b, []float32{math.Float32frombits(0x7f800001)}, 0), Float32}, nan, 1}))
		if got := singleOf(download[uint16](b, nan.Address, 1)[0]); got == got {
			t.Errorf("a NaN whose payload is in the lower half becomes %v", got)
		}
	})
}

func TestConvertBackIsExact(t *testing.T) {
	onDevice(t, func(b *bench) {
		from, want := make([]uint16, 1<<16), make([]float32, 1<<16)
		for i := range from {
			from[i], want[i] = uint16(i), singleOf(uint16(i))
		}
		for _, skew := range []int{0, 2, 4} {
			to := Array{b.allocate(4*len(from), 4), Float32}
			b.must(b.kernels.Convert(b.stream, Convert{Array{upload(b, from, skew), BFloat16}, to, len(from)}))
			b.sameBits(fmt.Sprint("skew ", skew), download[float32](b, to.Address, len(from)), want)
		}
	})
}

func TestFill(t *testing.T) {
	onDevice(t, func(b *bench) {
		b.withFewBlocks(func() {
			for _, n := range []int{1, 5, 9*chunk + 3} {
				for _, skew := range []int{0, 1} {
					single, half := Array{b.allocate(4*n, 4*skew), Float32}, Array{b.allocate(2*n, 2*skew), BFloat16}
					b.must(b.kernels.Fill(b.stream, Fill{single, n, 1.0 / 3}))
					b.must(b.kernels.Fill(b.stream, Fill{half, n, 1.0 / 3}))
					b.sameBits("fill", download[float32](b, single.Address, n), slices.Repeat([]float32{1.0 / 3}, n))
					if got := download[uint16](b, half.Address, n); !slices.Equal(got, slices.Repeat([]uint16{0x3eab}, n)) {
						t.Errorf("%d elements of bfloat16 are filled with %#04x", n, got)
					}
				}
			}
		})
	})
}
