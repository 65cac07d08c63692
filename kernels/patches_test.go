//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"testing"

	"tweedie/engine/random"
)

// patchesByHand is the definition in patches.go; at returns the value of a pixel, NaN beyond the last.
func patchesByHand(at func(i uint64) float32, index []uint32, p Patches, step uint32) []float32 {
	var output []float32
	for n := range p.Samples {
		words := random.Words(p.Seed, random.Crops, uint64(step), uint32(n), 0)
		row := index[4*random.Below(words[0], len(index)/4):]
		offset, height, width := uint64(row[0])|uint64(row[1])<<32, int(row[2]), int(row[3])
		inside := height >= p.Height && width >= p.Width
		var top, left int
		if inside {
			top, left = random.Below(words[1], height-p.Height+1), random.Below(words[2], width-p.Width+1)
			last := offset + uint64(height)*uint64(width) - 1
			inside = at(last) == at(last) // not NaN
		}
		if p.Upright {
			words[3] = 0
		}
		for y := range p.Height {
			for x := range p.Width {
				i, j := y, x
				if words[3]>>31 != 0 {
					i, j = j, i
				}
				if words[3]>>30&1 != 0 {
					i = p.Height - 1 - i
				}
				if words[3]>>29&1 != 0 {
					j = p.Width - 1 - j
				}
				if inside {
					output = append(output, at(offset+uint64((top+i)*width+left+j)))
				} else {
					output = append(output, float32(math.NaN()))
				}
			}
		}
	}
	return output
}

func (b *bench) comparePatches(what string, p Patches, want []float32) {
	b.Helper()
	b.withFewBlocks(func() {
		p.Output = b.allocate(4*len(want), 4)
		b.must(b.kernels.Patches(b.stream, p))
		got := download[float32](b, p.Output, len(want))
		for i := range got {
			if got[i] != want[i] && !(got[i] != got[i] && want[i] != want[i]) {
				b.Fatalf("%s: element %d is %v, want %v", what, i, got[i], want[i])
			}
		}
	})
}

// Image sets may be longer than 2^32 elements: here they begin 2^33 elements before what there is of them.
func TestPatchesFarBeyond32Bits(t *testing.T) {
	const far = 1 << 33
	onDevice(t, func(b *bench) {
		pixels := make([]uint16, 40*50+33*70)
		for i := range pixels {
			pixels[i] = uint16(i * 1009)
		}
		at := func(i uint64) float32 {
			if i-far >= uint64(len(pixels)) {
				return float32(math.NaN())
			}
			return float32(pixels[i-far]) / 65535
		}
		index := []uint32{0, 2, 40, 50, 40 * 50, 2, 33, 70}
		p := Patches{
			Pixels: Array{upload(b, pixels, 2) - 2*far, Uint16}, Length: far + len(pixels), Index: upload(b, index, 4), Images: 2,
			Scalars: b.scalars(math.MaxUint32, 0), Samples: 37, Height: 33, Width: 33, Seed: math.MaxUint64,
		}
		b.comparePatches("far", p, patchesByHand(at, index, p, math.MaxUint32))
		p.Width, p.Upright = 34, true
		b.comparePatches("far and upright", p, patchesByHand(at, index, p, math.MaxUint32))
	})
}

func TestPatchesOutsideAreNaN(t *testing.T) {
	onDevice(t, func(b *bench) {
		pixels := make([]uint8, 1000)
		for i := range pixels {
			pixels[i] = uint8(i * 7)
		}
		at := func(i uint64) float32 {
			if i >= uint64(len(pixels)) {
				return float32(math.NaN())
			}
			return float32(pixels[i]) / 255
		}
		p := Patches{Pixels: Array{upload(b, pixels, 1), Uint8}, Length: len(pixels), Samples: 5, Height: 8, Width: 8, Seed: 3, Scalars: b.scalars(9, 0), Images: 1}
		for _, row := range []struct {
			index  [4]uint32
			inside bool
		}{
			{[4]uint32{0, 0, 20, 50}, true}, {[4]uint32{0, 0, 21, 50}, false}, // up to the last pixel, and a row further
			{[4]uint32{200, 0, 20, 40}, true}, {[4]uint32{201, 0, 20, 40}, false},
			{[4]uint32{0, 0, 8, 8}, true}, {[4]uint32{0, 0, 7, 8}, false}, {[4]uint32{0, 0, 8, 7}, false}, {[4]uint32{0, 0, 8, 0}, false},
			{[4]uint32{1000, 0, 8, 8}, false}, {[4]uint32{1001, 0, 8, 8}, false}, {[4]uint32{0, 1, 8, 8}, false},
			{[4]uint32{0, 0, math.MaxUint32, math.MaxUint32}, false}, {[4]uint32{0, 0, 1 << 31, 8}, false}, {[4]uint32{math.MaxUint32, math.MaxUint32, 8, 8}, false},
		} {
			p.Index = upload(b, row.index[:], 0)
			want := make([]float32, p.Samples*p.Height*p.Width)
			for i := range want {
				want[i] = float32(math.NaN())
			}
			if row.inside {
				want = patchesByHand(at, row.index[:], p, 9)
			}
			b.comparePatches(fmt.Sprint(row.index), p, want)
		}
	})
}

// With one row of pixels that hold their own places, patches of one pixel say which place was drawn: the words of Philox.
func TestPatchesDrawTheWordsOfPhilox(t *testing.T) {
	onDevice(t, func(b *bench) {
		pixels := make([]uint16, 65536)
		for i := range pixels {
			pixels[i] = uint16(i)
		}
		p := Patches{Pixels: Array{upload(b, pixels, 0), Uint16}, Length: len(pixels), Images: 1, Samples: 500, Height: 1, Width: 1}
		for seed, step := range map[uint64]uint32{0: 0, 1<<40 + 5: 12345, math.MaxUint64: math.MaxUint32} {
			for word, index := range map[int][]uint32{1: {0, 0, 65536, 1}, 2: {0, 0, 1, 65536}} {
				p.Index, p.Seed, p.Scalars, p.Output = upload(b, index, 0), seed, b.scalars(step, 0), b.allocate(4*p.Samples, 0)
				b.must(b.kernels.Patches(b.stream, p))
				for n, got := range download[float32](b, p.Output, p.Samples) {
					want := float32(random.Words(seed, random.Crops, uint64(step), uint32(n), 0)[word]>>16) / 65535
					if got != want {
						t.Fatalf("seed %d, step %d, sample %d: word %d is %v, want %v", seed, step, n, word, got, want)
					}
				}
			}
		}
	})
}
