//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"testing"

	"tweedie/kernels/driver"
)

// TestEpilogue compares every combination, in every pair of types, in place and not, at sizes around a vector and a chunk, with the
// formula in float64, within one float32 rounding for each step and that of the output's type.
func TestEpilogue(t *testing.T) {
	onDevice(t, func(b *bench) {
		for run, e := range epilogueCases() {
			pixels, channels := []int{1, 3, 5, 700, 1}[run%5], []int{1, 3, 7, 8, 2051}[run/2%5]
			for i, types := range [][2]Type{{Float32, Float32}, {Float32, BFloat16}, {BFloat16, BFloat16}, {BFloat16, Float32}} {
				testEpilogue(b, pixels, channels, types[0], types[1], e, types[0] == types[1] && (run+i)%2 == 0)
			}
		}
		b.withFewBlocks(func() {
			testEpilogue(b, 2500, 13, Float32, BFloat16, epilogueCase{bias: true, residuals: 2, mask: true, negate: true, relu: true}, false)
		})
	})
}

func testEpilogue(b *bench, pixels, channels int, from, to Type, c epilogueCase, inPlace bool) {
	b.Helper()
	n := pixels * channels
	sums := b.random(1, n, from)
	e := Epilogue{
		Sums: Array{sums.address, from}, Output: Array{sums.address, to}, Elements: n, Channels: channels, Negate: c.negate, ReLU: c.relu,
	}
	if !inPlace {
		e.Output.Address = b.allocate(n*to.Bytes(), 0)
	}
	want, bound := make([]float64, n), make([]float64, n)
	copy(want, sums.values)
	for i := range want {
		bound[i] = math.Abs(want[i])
	}
	add := func(values []float64) {
		for i := range want {
			value := values[i%len(values)]
			want[i] += value
			bound[i] += math.Abs(value)
		}
	}
	if c.bias {
		bias := b.random(2, channels, Float32)
		e.Bias = bias.address
		add(bias.values)
	}
	if c.negate {
		for i := range want {
			want[i] = -want[i]
		}
	}
	for i := range c.residuals {
		residual := b.random(3+uint64(i), n, to)
		e.Residuals[i] = residual.address
		add(residual.values)
	}
	var mask []float64
	if c.mask {
		m := b.random(6, n, to)
		e.Mask, mask = m.address, m.values
	}
	for i := range want {
		if c.relu {
			want[i] = max(want[i], 0)
		}
		bound[i] *= 3 * 0x1p-24
		if to == BFloat16 {
			bound[i] += 0x1p-8 * (math.Abs(want[i]) + bound[i])
		}
		if mask != nil && !(mask[i] > 0) {
			want[i], bound[i] = 0, 0
		}
	}
	b.must(b.kernels.Epilogue(b.stream, e))
	if err := compare(b.result(e.Output.Address, n, to), want, bound); err != nil {
		b.Fatalf("%d pixels of %d channels, %v to %v, in place %v, %+v: %v", pixels, channels, from, to, inPlace, c, err)
	}
	b.free()
}

// TestEpilogueIsNeededForAnything but a copy.
func TestEpilogueIsNeededForAnything(t *testing.T) {
	if (Epilogue{Sums: Array{16, BFloat16}, Output: Array{32, BFloat16}}).Needed() {
		t.Error("a copy is needed")
	}
	for i, e := range []Epilogue{
		{Bias: 16}, {Mask: 16}, {Negate: true}, {ReLU: true}, {Output: Array{0, BFloat16}},
		{Residuals: [2]driver.Address{16, 0}}, {Residuals: [2]driver.Address{0, 16}},
	} {
		if !e.Needed() {
			t.Errorf("epilogue %d, %+v, is not needed", i, e)
		}
	}
}

// TestExchange moves rows of every unit, and negates.
func TestExchange(t *testing.T) {
	onDevice(t, func(b *bench) {
		for _, c := range []struct{ rows, first, second, length int }{
			{1, 1, 1, 1}, {2, 2, 3, 1}, {3, 2, 5, 6}, {2, 7, 2, 8}, {5, 9, 33, 1}, {1, 2, 70, 16}, {1<<15 + 3, 2, 2, 2},
		} {
			for _, kind := range []Type{Float32, BFloat16} {
				n := c.rows * c.first * c.second * c.length
				input := b.random(1, n, kind)
				e := Exchange{
					Input: Array{input.address, kind}, Output: Array{b.allocate(n*kind.Bytes(), 0), kind},
					Rows: c.rows, First: c.first, Second: c.second, Length: c.length, Negate: kind == Float32 && c.first != 7,
				}
				b.must(b.kernels.Exchange(b.stream, e))
				want := make([]float32, 0, n)
				for r := range c.rows {
					for j := range c.second {
						for i := range c.first {
							for l := range c.length {
								value := float32(input.values[((r*c.first+i)*c.second+j)*c.length+l])
								if e.Negate {
									value = -value
								}
								want = append(want, value)
							}
						}
					}
				}
				b.sameBits(fmt.Sprintf("%v %+v", kind, c), b.result(e.Output.Address, n, kind), want)
				b.free()
			}
		}
	})
}

// TestChannelSums compares with sums in float64, within one float32 rounding for each pixel of the sum of magnitudes, also in few
// slices.
func TestChannelSums(t *testing.T) {
	onDevice(t, func(b *bench) {
		for i, c := range []struct{ pixels, channels int }{{1, 1}, {7, 3}, {64, 32}, {65, 33}, {1000, 5}, {4099, 70}} {
			for _, kind := range []Type{Float32, BFloat16} {
				input := b.random(1, c.pixels*c.channels, kind)
				want, bound := make([]float64, c.channels), make([]float64, c.channels)
				for k, value := range input.values {
					if i%2 == 1 {
						value = -value
					}
					want[k%c.channels] += value
					bound[k%c.channels] += float64(c.pixels+8) * 0x1p-24 * math.Abs(value)
				}
				b.withFewBlocks(func() {
					sums := ChannelSums{
						Input: Array{input.address, kind}, Pixels: c.pixels, Channels: c.channels, Sums: b.allocate(4*c.channels, 0), Negate: i%2 == 1,
						Workspace: b.allocate(int(ChannelSumsBytes(c.pixels, c.channels)), 0),
					}
					b.must(b.kernels.ChannelSums(b.stream, sums))
					if err := compare(b.result(sums.Sums, c.channels, Float32), want, bound); err != nil {
						b.Fatalf("%v of %+v: %v", kind, c, err)
					}
				})
				b.free()
			}
		}
	})
}

// TestPackWeightsForLibraries puts input channels last, in the input's type.
func TestPackWeightsForLibraries(t *testing.T) {
	onDevice(t, func(b *bench) {
		for _, kind := range []Type{Float32, BFloat16} {
			const inputs, outputs, taps = 5, 3, 9
			c := Convolution{1, 2, 2, inputs, outputs, 3, false, kind, Float32}
			if got := c.PackedBytes(Library); got != int64(inputs*outputs*taps*kind.Bytes()) {
				t.Fatalf("a packed weight of %v has %d bytes", kind, got)
			}
			weight := b.random(1, inputs*outputs*taps, Float32)
			packed := b.allocate(int(c.PackedBytes(Library)), 0)
			b.must(b.kernels.PackWeights(b.stream, []Packing{{c, Library, weight.address, packed}}))
			var want []float32
			for o := range outputs {
				for tap := range taps {
					for i := range inputs {
						want = append(want, float32(roundedTo(kind, weight.values[(o*inputs+i)*taps+tap])))
					}
				}
			}
			b.sameBits(kind.String(), b.result(packed, len(want), kind), want)
		}
	})
}

// TestMistakesBesideLibrariesAreErrors runs nothing.
func TestMistakesBesideLibrariesAreErrors(t *testing.T) {
	k := &Kernels{multiprocessors: 1}
	f32, half := Array{16, Float32}, Array{16, BFloat16}
	for name, call := range map[string]func() error{
		"epilogue in another type's place": func() error {
			return k.Epilogue(driver.Stream{}, Epilogue{Sums: f32, Output: half, Elements: 4, Channels: 2})
		},
		"epilogue of part of a pixel": func() error {
			return k.Epilogue(driver.Stream{}, Epilogue{Sums: f32, Output: f32, Elements: 5, Channels: 2})
		},
		"epilogue of bytes": func() error {
			return k.Epilogue(driver.Stream{}, Epilogue{Sums: Array{16, Uint8}, Output: f32, Elements: 4, Channels: 2})
		},
		"epilogue off the alignment": func() error {
			return k.Epilogue(driver.Stream{}, Epilogue{Sums: f32, Output: f32, Mask: 8, Elements: 4, Channels: 2})
		},
		"exchange of two types": func() error {
			return k.Exchange(driver.Stream{}, Exchange{Input: f32, Output: half, Rows: 1, First: 1, Second: 1, Length: 1})
		},
		"exchange of nothing": func() error {
			return k.Exchange(driver.Stream{}, Exchange{Input: f32, Output: f32, Rows: 1, First: 1, Second: 1})
		},
		"negated bfloat16": func() error {
			return k.Exchange(driver.Stream{}, Exchange{Input: half, Output: half, Rows: 1, First: 1, Second: 1, Length: 1, Negate: true})
		},
		"sums of nothing": func() error { return k.ChannelSums(driver.Stream{}, ChannelSums{Input: f32, Channels: 3}) },
		"sums of bytes": func() error {
			return k.ChannelSums(driver.Stream{}, ChannelSums{Input: Array{16, Uint8}, Pixels: 1, Channels: 3})
		},
	} {
		if err := call(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
