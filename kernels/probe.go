//go:build gpu

package kernels

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"unsafe"

	"tweedie/kernels/driver"
)

// A probe is a kernel with what it is given and what it must return.
type probe struct {
	file, kernel  string // file: of the .cu files, probe if empty
	blocks, block int
	shared        int                                    // bytes
	more          func(in driver.Address) ([]any, error) // arguments behind in and out, nil for none
	in, want      []uint32
	same          func(got, want uint32) bool // nil: bit by bit
}

// Probe compares the device with the host, instruction by instruction: the layout of matrix fragments, ldmatrix, asynchronous copies, shuffles,
// and that arithmetic rounds as kernels expect it to. It is the first thing to run on a device that is new: what it finds would
// otherwise show as wrong values anywhere. The error names each instruction that differs. Probe allocates and waits, unlike operations.
func (k *Kernels) Probe(s driver.Stream) error {
	var errs []error
	for _, p := range probes() {
		got, err := k.probe(s, p)
		if err == nil {
			err = p.compare(got)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("probe: %w", err))
		}
	}
	return errors.Join(errs...)
}

func probes() []probe {
	random := rand.New(rand.NewPCG(1, 2))
	return []probe{probeMMA(random, "probe_mma_bf16", 16), probeMMA(random, "probe_mma_tf32", 8), probeLoads(), probeCopies(random), probeWarp(random), probeArithmetic(random)}
}

// compare reports the first of the words that differ, and how many do.
func (p probe) compare(got []uint32) error {
	differ, first := 0, 0
	for i, want := range p.want {
		if got[i] == want || p.same != nil && p.same(got[i], want) {
			continue
		}
		if differ == 0 {
			first = i
		}
		differ++
	}
	if differ == 0 {
		return nil
	}
	return fmt.Errorf("%s: %d of %d words differ, the first is number %d: %#08x, not %#08x", p.kernel, differ, len(p.want), first, got[first], p.want[first])
}

// probe runs a kernel and returns what it wrote.
func (k *Kernels) probe(s driver.Stream, p probe) (got []uint32, err error) {
	bytes := 4 * max(len(p.in), len(p.want))
	host, err := driver.Pinned(bytes)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, driver.FreePinned(host)) }()
	in, err := driver.Allocate(int64(bytes))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, driver.Free(in)) }()
	out, err := driver.Allocate(int64(bytes))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, driver.Free(out)) }()
	words := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(host))), bytes/4)
	copy(words, p.in)
	if err := s.Upload(in, host[:4*len(p.in)]); err != nil {
		return nil, err
	}
	file, arguments := "probe", []any{in, out}
	if p.file != "" {
		file = p.file
	}
	if p.more != nil {
		more, err := p.more(in)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, more...)
	}
	if err := k.launch(s, file, p.kernel, driver.Dim{X: p.blocks}, driver.Dim{X: p.block}, p.shared, arguments...); err != nil {
		return nil, err
	}
	if err := s.Synchronize(); err != nil { // before the download takes the memory that the upload reads
		return nil, err
	}
	if err := s.Download(host[:4*len(p.want)], out); err != nil {
		return nil, err
	}
	err = s.Synchronize()
	return append([]uint32(nil), words[:len(p.want)]...), err
}

// probeMMA is a product of small integers, whose sums are exact in every order.
func probeMMA(random *rand.Rand, kernel string, depth int) probe {
	matrix := func(n int) []float32 {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(random.IntN(255) - 127)
		}
		return values
	}
	a, b, c := matrix(16*depth), matrix(8*depth), matrix(16*8)
	p := probe{kernel: kernel, blocks: 1, block: 32, want: make([]uint32, 16*8)}
	for _, operand := range [][]float32{a, b} {
		for _, value := range operand {
			bits := math.Float32bits(value)
			if depth == 16 {
				bits >>= 16 // the integers are bfloat16
			}
			p.in = append(p.in, bits)
		}
	}
	for _, value := range c {
		p.in = append(p.in, math.Float32bits(value))
	}
	for m := range 16 {
		for n := range 8 {
			sum := c[m+16*n]
			for k := range depth {
				sum += a[m+16*k] * b[n+8*k]
			}
			p.want[m+16*n] = math.Float32bits(sum)
		}
	}
	return p
}

// probeLoads numbers the halves of 32 rows; lane i gives row (5i+3) mod 32 as row i%8 of matrix i/8.
func probeLoads() probe {
	p := probe{kernel: "probe_ldmatrix", blocks: 1, block: 32}
	for i := range uint32(128) {
		p.in = append(p.in, 2*i|(2*i+1)<<16)
	}
	half := func(matrix, row, column int) uint32 { return uint32((5*(8*matrix+row)+3)%32*8 + column) }
	for lane := range 32 {
		group, pair := lane/4, lane%4*2
		for _, matrices := range []int{4, 2} {
			for matrix := range matrices {
				p.want = append(p.want, half(matrix, group, pair)|half(matrix, group, pair+1)<<16)
			}
			for matrix := range matrices {
				p.want = append(p.want, half(matrix, pair, group)|half(matrix, pair+1, group)<<16)
			}
		}
	}
	return p
}

func probeCopies(random *rand.Rand) probe {
	p := probe{kernel: "probe_cp_async", blocks: 1, block: 64, in: words(random, 256)}
	for i := range 256 {
		p.want = append(p.want, p.in[255-i])
	}
	for i := range 256 {
		if thread := i / 4; thread%3 == 0 {
			p.want = append(p.want, p.in[4*(63-thread)+i%4])
		} else {
			p.want = append(p.want, 0)
		}
	}
	for i := range 64 {
		if i%3 == 0 {
			p.want = append(p.want, p.in[i])
		} else {
			p.want = append(p.want, 0)
		}
	}
	return p
}

func probeWarp(random *rand.Rand) probe {
	p := probe{kernel: "probe_warp", blocks: 1, block: 32, in: words(random, 32)}
	var votes uint32
	for lane, word := range p.in {
		votes |= word & 1 << lane
	}
	for lane := range 32 {
		up, down := lane-3, lane+5
		if lane%8 < 3 {
			up = lane
		}
		if down/16 != lane/16 {
			down = lane
		}
		p.want = append(p.want, p.in[lane/8*8+1], p.in[up], p.in[down], p.in[lane^17], votes, 1) // some are odd, not all
	}
	return p
}

// probeArithmetic takes values of all exponents, denormal ones too, and ties of the narrow types.
func probeArithmetic(random *rand.Rand) probe {
	const n = 4096
	p := probe{kernel: "probe_arithmetic", blocks: n / 256, block: 256, in: words(random, 3*n), same: bothNaN}
	for i := range p.in {
		switch i % 8 {
		case 0:
			p.in[i] = p.in[i]&0xffff0000 | 0x8000 // half of a unit of bfloat16
		case 1:
			p.in[i] = p.in[i]&0xffffe000 | 0x1000 // of TF32
		case 2, 3:
			p.in[i] &= 0x807fffff // denormal
		case 4, 5:
			p.in[i] = p.in[i]&0x807fffff | 127<<23 // in [1, 2): products whose sums cancel or round
		}
		if p.in[i]&0x7f800000 == 0x7f800000 {
			p.in[i] &= 0xff800000 // infinite, not NaN
		}
	}
	for i := range n {
		xBits, yBits := p.in[i], p.in[n+i]
		x, y, z := math.Float32frombits(xBits), math.Float32frombits(yBits), math.Float32frombits(p.in[2*n+i])
		double := math.Float64bits(float64(x)*float64(y) + float64(z)) // the product is exact
		p.want = append(p.want, math.Float32bits(float32(x*y)+z), math.Float32bits(fused(x, y, z)), math.Float32bits(x/y), math.Float32bits(x/y),
			math.Float32bits(float32(math.Sqrt(math.Abs(float64(x))))), uint32(uint64(xBits)*uint64(yBits)>>32),
			bfloat16(x)|bfloat16(y)<<16, tf32(x), bfloat16(z), xBits<<16^xBits&0xffff0000,
			halves(xBits, xBits, 0x7fff), halves(xBits, yBits, 0), uint32(double), uint32(double>>32))
	}
	return p
}

func words(random *rand.Rand, n int) []uint32 {
	w := make([]uint32, n)
	for i := range w {
		w[i] = random.Uint32()
	}
	return w
}

// bothNaN takes any NaN for any other.
func bothNaN(a, b uint32) bool { return a&0x7fffffff > 0x7f800000 && b&0x7fffffff > 0x7f800000 }

// halves is, of the two bfloat16 in x and those in y, the halves of y where x is positive, nan where it is a NaN, else 0.
func halves(x, y, nan uint32) uint32 {
	var result uint32
	for _, shift := range []int{0, 16} {
		switch value := math.Float32frombits(x >> shift << 16); {
		case value != value:
			result |= nan << shift
		case value > 0:
			result |= y & (0xffff << shift)
		}
	}
	return result
}

// fused is x*y + z rounded once.
func fused(x, y, z float32) float32 {
	if sum := float64(x)*float64(y) + float64(z); math.IsInf(sum, 0) || math.IsNaN(sum) {
		return float32(sum)
	}
	exact := func(v float32) *big.Float { return new(big.Float).SetPrec(600).SetFloat64(float64(v)) }
	product := exact(x)
	product.Mul(product, exact(y))
	sum, _ := product.Add(product, exact(z)).Float32()
	return sum
}

// bfloat16 rounds to nearest even.
func bfloat16(x float32) uint32 {
	bits := math.Float32bits(x)
	if x != x {
		return 0x7fff
	}
	return (bits + 0x7fff + bits>>16&1) >> 16
}

// tf32 rounds to nearest, ties away from zero; infinities stay.
func tf32(x float32) uint32 {
	bits := math.Float32bits(x)
	if math.IsInf(float64(x), 0) {
		return bits
	}
	return (bits + 0x1000) &^ 0x1fff
}
