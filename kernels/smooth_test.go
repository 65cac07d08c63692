//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"testing"

	"tweedie/kernels/driver"
)

// silu is the definition in float64.
func silu(x float64, order int) float64 {
	s, rest := 1/(1+math.Exp(-x)), 1/(1+math.Exp(x))
	switch order {
	case 0:
		return x * s
	case 1:
		return s * (1 + x*rest)
	}
	return s * rest * (2 + x*(rest-s))
}

// Arrays of several chunks of each type that begin anywhere, in place too, with inputs at which exp is 0, infinite or not a number. The bound is that of
// the operation's cases: 14 roundings, and 12 where terms cancel.
func TestSiLUOfEachTypeAndAlignment(t *testing.T) {
	onDevice(t, func(b *bench) {
		const n = 9*chunk + 5
		lists := [][]float32{values(1, n), values(2, n), values(3, n)}
		for i := range lists[0] {
			lists[0][i] *= 20
		}
		copy(lists[0], []float32{float32(math.NaN()), float32(math.Inf(1)), 0, 88, -88, 3e38, -3e38, 0x1p-149})
		for i := range lists[0] {
			lists[0][i] = singleOf(roundBFloat16(lists[0][i])) // which both types hold
			lists[1][i], lists[2][i] = singleOf(roundBFloat16(lists[1][i])), singleOf(roundBFloat16(lists[2][i]))
		}
		halves := make([][]uint16, len(lists))
		for k, list := range lists {
			for _, value := range list {
				halves[k] = append(halves[k], roundBFloat16(value))
			}
		}
		b.withFewBlocks(func() {
			for kind := range 9 {
				order, factors, skew := kind/3, kind%3, kind%3
				single, half := SiLU{Elements: n, Order: order}, SiLU{Elements: n, Order: order}
				single.Input, half.Input = Array{upload(b, lists[0], 4*skew), Float32}, Array{upload(b, halves[0], 2*skew), BFloat16}
				single.Output, half.Output = Array{b.allocate(4*n, 4*skew), Float32}, Array{b.allocate(2*n, 2*(skew&1)), BFloat16}
				for k := range factors {
					single.Factors = append(single.Factors, Array{upload(b, lists[1+k], 4*(skew&1)), Float32})
					half.Factors = append(half.Factors, Array{upload(b, halves[1+k], 2*skew), BFloat16})
				}
				if skew == 2 {
					single.Output, half.Output = single.Input, half.Factors[1]
				}
				b.must(b.kernels.SiLU(b.stream, single))
				b.must(b.kernels.SiLU(b.stream, half))
				gotSingle, gotHalf := download[float32](b, single.Output.Address, n), download[uint16](b, half.Output.Address, n)
				for i := range n {
					want := silu(float64(lists[0][i]), order)
					for k := range factors {
						want *= float64(lists[1+k][i])
					}
					bound := 14*0x1p-24*math.Abs(want) + 0x1p-120
					if order > 0 {
						bound += 12 * 0x1p-24
					}
					for what, got := range map[string]float64{"float32": float64(gotSingle[i]), "bfloat16": float64(singleOf(gotHalf[i]))} {
						wide := bound
						if what == "bfloat16" {
							wide += 0x1p-7 * math.Abs(want)
						}
						if same := math.IsNaN(want) && math.IsNaN(got) || want == got; !same && !(math.Abs(got-want) <= wide) {
							t.Fatalf("order %d, %d factors, %s: element %d of input %v is %v, want %v within %v", order, factors, what, i, lists[0][i], got, want, wide)
						}
					}
				}
			}
		})
	})
}

// Samples that end within a chunk, and many in one chunk.
func TestScaleSamplesOfManyChunks(t *testing.T) {
	onDevice(t, func(b *bench) {
		for _, c := range [][2]int{{3, 5 * chunk / 2}, {401, 23}, {2*chunk + 3, 1}, {1, 3*chunk + 1}} {
			samples, elements := c[0], c[1]
			first, second, f, g := values(1, samples*elements), values(2, samples*elements), values(3, samples), values(4, samples)
			factors := []driver.Address{upload(b, f, 4), upload(b, g, 8)}
			for inputs := 1; inputs <= 2; inputs++ {
				want := make([]float32, len(first))
				for i := range want {
					want[i] = f[i/elements] * first[i]
					if inputs == 2 {
						want[i] += float32(g[i/elements] * second[i])
					}
				}
				b.withFewBlocks(func() {
					output := Array{b.allocate(4*len(want), 4), Float32}
					arrays := []Array{{upload(b, first, 4), Float32}, {upload(b, second, 8), Float32}}
					b.must(b.kernels.ScaleSamples(b.stream, ScaleSamples{Inputs: arrays[:inputs], Factors: factors[:inputs], Output: output, Samples: samples, Elements: elements}))
					b.sameBits(fmt.Sprint(c, inputs), download[float32](b, output.Address, len(want)), want)
				})
			}
		}
	})
}

// More samples than threads; a level that is not a number gives no number, and small ones count as the least.
func TestPreconditionOfManySamples(t *testing.T) {
	onDevice(t, func(b *bench) {
		const n, d, least = 20*threads + 7, 0.5, 0x1p-10
		levels := values(1, n)
		for i := range levels {
			levels[i] = float32(math.Abs(float64(levels[i])))
		}
		copy(levels, []float32{float32(math.NaN()), 0, 1, least, 1000})
		results := make([]driver.Address, 5)
		for i := range results {
			results[i] = b.allocate(4*n, 4)
		}
		b.withFewBlocks(func() {
			b.must(b.kernels.Precondition(b.stream, Precondition{
				Levels: upload(b, levels, 4), Skip: results[0], Out: results[1], In: results[2], Noise: results[3], Weight: results[4], Samples: n, SigmaData: d, Least: least,
			}))
		})
		for k, result := range results {
			got := download[float32](b, result, n)
			for i, level := range levels {
				s := max(float64(level), least)
				total := s*s + d*d
				want := []float64{d * d / total, s * d / math.Sqrt(total), 1 / math.Sqrt(total), math.Log(s) / 4, total / (s * d * s * d)}[k]
				if same := i == 0 && got[i] != got[i]; !same && !(math.Abs(float64(got[i])-want) <= 6*0x1p-24*math.Abs(want)) {
					t.Fatalf("result %d of level %v is %v, want %v", k, level, got[i], want)
				}
			}
		}
	})
}
