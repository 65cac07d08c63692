//go:build gpu

package kernels

import (
	"fmt"
	"slices"
	"testing"

	"tweedie/kernels/driver"
)

// epilogueCase is one combination of what follows the sums.
type epilogueCase struct {
	bias         bool
	residuals    int
	mask         bool
	negate, relu bool
}

// epilogueCases are all combinations.
func epilogueCases() []epilogueCase {
	var list []epilogueCase
	for i := range 2 * 3 * 2 * 2 * 2 {
		list = append(list, epilogueCase{bias: i%2 == 1, residuals: i / 2 % 3, mask: i/6%2 == 1, negate: i/12%2 == 1, relu: i/24 == 1})
	}
	return list
}

// awkward are shapes around the tiles of an algorithm: 8 x 32 and 8 x 64 pixels, 64 and 128 positions, 4 x 32 pixels; chunks of 16 and 32
// channels, halves of 32 outputs and blocks of 64; with tiles that reach over the ends of several samples. As in program's cases they are
// samples, height and width of the narrow image, channels and kernel of the forward convolution.
type awkward struct{ samples, height, width, inputs, outputs, kernel int }

func awkwardTensorCore() []awkward {
	return []awkward{
		{1, 1, 1, 8, 8, 3}, {3, 1, 2, 16, 24, 3}, {2, 7, 15, 24, 32, 3}, {1, 8, 16, 32, 32, 3}, {1, 9, 17, 40, 40, 3}, {5, 3, 13, 64, 64, 3},
		{1, 17, 31, 64, 72, 3}, {2, 5, 33, 72, 8, 3}, {1, 2, 63, 16, 136, 3}, {1, 4, 65, 8, 64, 3}, {29, 2, 1, 64, 32, 3},
		{2, 3, 11, 136, 104, 3}, {1, 16, 64, 64, 64, 3},
		{1, 1, 1, 8, 8, 1}, {1, 9, 14, 32, 64, 1}, {2, 5, 13, 24, 40, 1}, {1, 1, 129, 64, 32, 1}, {3, 1, 43, 72, 136, 1},
		{1, 1, 1, 8, 8, 2}, {2, 3, 11, 16, 40, 2}, {1, 5, 13, 64, 24, 2}, {1, 8, 16, 32, 64, 2}, {3, 1, 43, 40, 72, 2},
	}
}

func awkwardFloats() []awkward {
	return []awkward{
		{1, 1, 1, 1, 1, 3}, {1, 5, 7, 1, 64, 3}, {2, 3, 5, 3, 65, 3}, {1, 4, 33, 4, 12, 3}, {2, 3, 4, 2, 8, 3}, {3, 1, 1, 64, 1, 3},
		{1, 5, 9, 65, 3, 3}, {2, 2, 6, 71, 2, 3}, {1, 9, 15, 16, 16, 3}, {1, 3, 43, 17, 67, 3}, {1, 1, 127, 15, 15, 3}, {1, 2, 64, 12, 17, 3},
		{1, 1, 1, 1, 1, 1}, {2, 3, 5, 1, 33, 1}, {1, 2, 27, 64, 4, 1}, {1, 5, 3, 31, 1, 1}, {2, 3, 22, 20, 66, 1},
		{1, 1, 1, 1, 1, 2}, {2, 3, 5, 3, 7, 2}, {1, 4, 8, 16, 32, 2}, {2, 2, 15, 33, 17, 2}, {1, 7, 4, 4, 64, 2}, {1, 3, 3, 64, 4, 2},
	}
}

// convolution is the forward one, or its adjoint.
func (s awkward) convolution(transposed bool, input, output Type) Convolution {
	stride := 1
	if s.kernel == 2 {
		stride = 2
	}
	c := Convolution{
		Samples: s.samples, Height: s.height * stride, Width: s.width * stride, Channels: s.inputs, OutChannels: s.outputs, Kernel: s.kernel,
		Input: input, Output: output,
	}
	if transposed {
		c.Height, c.Width, c.Channels, c.OutChannels, c.Transposed = s.height, s.width, s.outputs, s.inputs, true
	}
	return c
}

// testConvolution compares one convolution with the reference, and a second run of it, on fewer blocks, with the first.
func testConvolution(b *bench, c Convolution, a Algorithm, e epilogueCase) {
	b.Helper()
	name := fmt.Sprintf("%s %+v %+v", a, c, e)
	height, width := c.outputShape()
	n := c.Samples * height * width * c.OutChannels
	input := b.random(1, c.Samples*c.Height*c.Width*c.Channels, c.Input)
	weight := b.random(2, c.Channels*c.OutChannels*c.Kernel*c.Kernel, Float32)
	ops := convolutionOperands{input: input.values, weight: weight.values, negate: e.negate, relu: e.relu}
	arrays := ConvolutionArrays{
		Input: input.address, Packed: b.allocate(int(c.PackedBytes(a)), 0), Output: b.allocate(n*c.Output.Bytes(), 0), Negate: e.negate, ReLU: e.relu,
	}
	if e.bias {
		bias := b.random(3, c.OutChannels, Float32)
		arrays.Bias, ops.bias = bias.address, bias.values
	}
	for i := range e.residuals {
		residual := b.random(4+uint64(i), n, c.Output)
		arrays.Residuals[i], ops.residuals = residual.address, append(ops.residuals, residual.values)
	}
	if e.mask {
		mask := b.random(6, n, c.Output)
		arrays.Mask, ops.mask = mask.address, mask.values
	}
	b.must(b.kernels.PackWeights(b.stream, []Packing{{c, a, weight.address, arrays.Packed}}))
	b.must(b.kernels.Convolve(b.stream, c, a, arrays))
	got := b.result(arrays.Output, n, c.Output)
	want, bound := c.reference(a, ops)
	if err := compare(got, want, bound); err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	again := arrays
	again.Output = b.allocate(n*c.Output.Bytes(), 0)
	multiprocessors := b.kernels.multiprocessors
	b.kernels.multiprocessors = 1
	b.must(b.kernels.Convolve(b.stream, c, a, again))
	b.kernels.multiprocessors = multiprocessors
	b.sameBits(name+" again", b.result(again.Output, n, c.Output), got)
	b.free()
}

// types are the combinations of input and output that an algorithm takes.
func (a Algorithm) types() [][2]Type {
	if a == TensorCore || a == Wgmma {
		return [][2]Type{{BFloat16, BFloat16}, {BFloat16, Float32}}
	}
	return [][2]Type{{Float32, Float32}, {Float32, BFloat16}, {BFloat16, Float32}, {BFloat16, BFloat16}}
}

// testConvolutions runs an algorithm at each size that it takes, forward and transposed, with types and epilogues in turn.
func testConvolutions(t *testing.T, a Algorithm, sizes []awkward, sharedBytes int) {
	onDevice(t, func(b *bench) {
		if sharedBytes > 0 {
			b.kernels.sharedBytes = sharedBytes
		}
		epilogues, run := epilogueCases(), 0
		for _, size := range sizes {
			for _, transposed := range []bool{false, true} {
				types := a.types()[run%len(a.types())]
				c := size.convolution(transposed, types[0], types[1])
				if !slices.Contains(b.kernels.ConvolutionAlgorithms(c), a) {
					continue
				}
				testConvolution(b, c, a, epilogues[run*7%len(epilogues)])
				run++
			}
		}
		if run < len(sizes)/2 {
			t.Errorf("%s took only %d of %d sizes", a, run, len(sizes))
		}
	})
}

func TestConvolutionDirect(t *testing.T)     { testConvolutions(t, Direct, awkwardFloats(), 0) }
func TestConvolutionThin(t *testing.T)       { testConvolutions(t, Thin, awkwardFloats(), 0) }
func TestConvolutionTensorCore(t *testing.T) { testConvolutions(t, TensorCore, awkwardTensorCore(), 0) }

// TestConvolutionDirectOfBFloat16 takes the sizes of tensor cores: a Plan may choose Direct where TensorCore is the default.
func TestConvolutionDirectOfBFloat16(t *testing.T) {
	testConvolutions(t, Direct, awkwardTensorCore()[:10], 0)
}

// TestConvolutionTensorCoreWithLittleSharedMemory has no room for a resident weight, as on devices with 99 KiB a block.
func TestConvolutionTensorCoreWithLittleSharedMemory(t *testing.T) {
	testConvolutions(t, TensorCore, awkwardTensorCore()[:13], 99<<10)
}

// TestConvolutionTensorCoreWithMuchSharedMemory puts two blocks on a multiprocessor, as on an H200. The sizes are those whose blocks an
// A100 has room for too.
func TestConvolutionTensorCoreWithMuchSharedMemory(t *testing.T) {
	testConvolutions(t, TensorCore, awkwardTensorCore()[:8], 227<<10)
}

// TestTilesFillTheLastRound counts the rounds of blocks that a DnCNN's convolution takes.
func TestTilesFillTheLastRound(t *testing.T) {
	k := &Kernels{multiprocessors: 132, sharedBytes: 227 << 10}
	p, err := k.windowPlan(awkward{128, 40, 40, 64, 64, 3}.convolution(false, BFloat16, BFloat16))
	if err != nil {
		t.Fatal(err)
	}
	want := p.tiles
	want.columns, want.rowTiles, want.outputs, want.count, want.whole, want.chunks, want.resident = 32, 5, 1, 808, 792, 4, 1
	if p.groups != 2 || p.grid != 264 || p.tiles != want {
		t.Errorf("%+v, want 264 blocks of 2 groups and %+v", p, want)
	}
}

// TestQuotient divides at the ends of the quotients' steps, as the kernels do.
func TestQuotient(t *testing.T) {
	for _, divisor := range []int{1, 2, 3, 5, 7, 40, 42, 63, 64, 65, 641, 4095, 65537, 1<<30 - 1, 1 << 30, 1<<31 - 1} {
		q := newQuotient(divisor)
		last := (1<<31 - 1) / divisor * divisor
		for _, n := range []int{0, 1, divisor - 1, divisor, divisor + 1, 41*divisor - 1, 41 * divisor, last - 1, last, 1<<31 - 1} {
			if n < 0 || n > 1<<31-1 {
				continue
			}
			got := n
			if q.divisor != 1 {
				got = int(uint64(n) * uint64(q.magic) >> 32 >> q.shift)
			}
			if got != n/divisor {
				t.Errorf("%d / %d = %d, got %d", n, divisor, n/divisor, got)
			}
		}
	}
}

// TestConvolutionEpilogues runs all combinations in each kernel of each algorithm.
func TestConvolutionEpilogues(t *testing.T) {
	onDevice(t, func(b *bench) {
		sizes := []awkward{{2, 3, 5, 8, 40, 3}, {1, 4, 7, 64, 8, 1}, {1, 3, 2, 8, 16, 2}, {1, 3, 6, 2, 24, 3}, {1, 3, 6, 24, 2, 3}, {1, 2, 5, 24, 3, 1}}
		for _, size := range sizes {
			for i, e := range epilogueCases() {
				c := size.convolution(i%2 == 1, BFloat16, []Type{BFloat16, Float32}[i/2%2])
				for _, a := range b.kernels.ConvolutionAlgorithms(c) {
					testConvolution(b, c, a, e)
				}
			}
		}
	})
}

// TestPackWeightsOfManyConvolutions packs more weights than fit into one launch, each as it is packed alone.
func TestPackWeightsOfManyConvolutions(t *testing.T) {
	onDevice(t, func(b *bench) {
		var packings []Packing
		for i := range 2*packingsPerLaunch + 1 {
			c := awkward{1, 1, 1, 8 * (1 + i%5), 8 * (1 + i%3), 1 + i%3}.convolution(i%2 == 1, BFloat16, BFloat16)
			a := []Algorithm{TensorCore, Direct}[i/2%2]
			weight := b.random(uint64(i), c.Channels*c.OutChannels*c.Kernel*c.Kernel, Float32)
			packings = append(packings, Packing{c, a, weight.address, b.allocate(int(c.PackedBytes(a)), 0)})
		}
		b.must(b.kernels.PackWeights(b.stream, packings))
		for _, p := range packings {
			alone := p
			alone.Packed = b.allocate(int(p.Convolution.PackedBytes(p.Algorithm)), 0)
			b.must(b.kernels.PackWeights(b.stream, []Packing{alone}))
			n := int(p.Convolution.PackedBytes(p.Algorithm)) / 2
			b.sameBits("packed weight", b.result(p.Packed, n, BFloat16), b.result(alone.Packed, n, BFloat16))
		}
	})
}

// TestConvolutionMistakesAreErrors runs nothing.
func TestConvolutionMistakesAreErrors(t *testing.T) {
	k := &Kernels{multiprocessors: 1, sharedBytes: 99 << 10}
	good := Convolution{1, 4, 4, 8, 8, 3, false, Float32, Float32}
	arrays := ConvolutionArrays{Input: 16, Packed: 32, Output: 48}
	for name, test := range map[string]struct {
		c      func(*Convolution)
		arrays func(*ConvolutionArrays)
		a      Algorithm
	}{
		"kernel":    {c: func(c *Convolution) { c.Kernel = 4 }},
		"stride":    {c: func(c *Convolution) { c.Kernel, c.Width = 2, 5 }},
		"type":      {c: func(c *Convolution) { c.Input = Uint8 }},
		"empty":     {c: func(c *Convolution) { c.Samples = 0 }},
		"large":     {c: func(c *Convolution) { c.Samples = 1 << 30 }},
		"alignment": {arrays: func(a *ConvolutionArrays) { a.Mask = 8 }},
		"thin":      {a: Thin},
		"mma":       {a: TensorCore},
		"unknown":   {a: "fast"},
	} {
		c, changed := good, arrays
		if test.c != nil {
			test.c(&c)
		}
		if test.arrays != nil {
			test.arrays(&changed)
		}
		a := test.a
		if a == "" {
			a = Direct
		}
		if err := k.Convolve(driver.Stream{}, c, a, changed); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
