//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// The sum of bfloat16 is rounded once, after float32 sums in their order; the mask takes NaN and -0 as not positive.
func TestAddOfEachTypeAndAlignment(t *testing.T) {
	onDevice(t, func(b *bench) {
		const n = 9*chunk + 5 // more than the blocks of the small grid take at once
		nan := float32(math.NaN())
		lists := [][]float32{values(1, n), values(2, n), values(3, n), values(4, n)}
		var halves [][]uint16
		for _, list := range lists {
			var half []uint16
			for i := range list {
				half = append(half, roundBFloat16(list[i]))
			}
			halves = append(halves, half)
		}
		copy(lists[3], []float32{nan, 0, float32(math.Copysign(0, -1)), 0x1p-149, -1})
		copy(halves[3], []uint16{0x7fc0, 0, 0x8000, 1, 0xbf80})
		b.withFewBlocks(func() {
			for _, skew := range []int{0, 1, 2} {
				for count := 1; count <= 3; count++ {
					for _, masked := range []bool{false, true} {
						single, half := Add{Output: Array{b.allocate(4*n, 4*skew), Float32}, Elements: n}, Add{Output: Array{b.allocate(2*n, 2), BFloat16}, Elements: n}
						for k := range count {
							single.Inputs = append(single.Inputs, Array{upload(b, lists[k], 4*skew*(k&1)), Float32})
							half.Inputs = append(half.Inputs, Array{upload(b, halves[k], 2*skew), BFloat16})
						}
						if skew == 2 { // in place
							single.Output, half.Output = single.Inputs[count-1], half.Inputs[0]
						}
						if masked {
							single.Mask, half.Mask = Array{upload(b, lists[3], 4*skew), Float32}, Array{upload(b, halves[3], 2*skew), BFloat16}
						}
						b.must(b.kernels.Add(b.stream, single))
						b.must(b.kernels.Add(b.stream, half))
						wantSingle, wantHalf := make([]float32, n), make([]uint16, n)
						for i := range n {
							first, second := lists[0][i], singleOf(halves[0][i])
							for k := 1; k < count; k++ {
								first, second = first+lists[k][i], second+singleOf(halves[k][i])
							}
							if masked && !(lists[3][i] > 0) {
								first, second = 0, 0
							}
							wantSingle[i], wantHalf[i] = first, roundBFloat16(second)
						}
						b.sameBits(fmt.Sprintf("%d inputs, mask %v, skew %d", count, masked, skew), download[float32](b, single.Output.Address, n), wantSingle)
						if got := download[uint16](b, half.Output.Address, n); !slices.Equal(got, wantHalf) {
							t.Fatalf("%d inputs, mask %v, skew %d: the sum in bfloat16 differs", count, masked, skew)
						}
					}
				}
			}
		})
	})
}
