//go:build gpu

package kernels

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"unsafe"

	"tweedie/kernels/driver"
)

// CompareWgmma compares Wgmma on this device, bit by bit, with TensorCore, after the instructions that it stands on with the host. All numbers are small
// integers, whose sums are exact in every order. An error means that Wgmma must not be used here; it may have lost the device to this process. It
// allocates and waits, unlike operations.
func (k *Kernels) CompareWgmma(s driver.Stream) error {
	if !k.hopper() {
		return fmt.Errorf("wgmma is of compute capability 9.0, and this device has %d.%d", k.capability[0], k.capability[1])
	}
	random := rand.New(rand.NewPCG(3, 4))
	for _, p := range []probe{probeWgmma(random), probeBox(random, [4]int{0, -1, -1, 0}), probeBox(random, [4]int{8, 4, 3, 1}), probeBox(random, [4]int{16, 1, 1, 2})} {
		got, err := k.probe(s, p)
		if err == nil {
			err = p.compare(got)
		}
		if err != nil {
			return fmt.Errorf("probe: %w", err)
		}
	}
	for _, c := range []Convolution{
		{Samples: 3, Height: 40, Width: 40, Channels: 64, OutChannels: 64, Kernel: 3, Input: BFloat16, Output: BFloat16},
		{Samples: 2, Height: 13, Width: 39, Channels: 64, OutChannels: 64, Kernel: 3, Input: BFloat16, Output: Float32, Transposed: true},
		{Samples: 1, Height: 5, Width: 130, Channels: 136, OutChannels: 128, Kernel: 3, Input: BFloat16, Output: BFloat16},
	} {
		if err := k.compareWgmma(s, random, c); err != nil {
			return fmt.Errorf("%+v: %w", c, err)
		}
	}
	return nil
}

// probeWgmma is a product of 64 x 16 by 64 x 16 small integers, added to ones.
func probeWgmma(random *rand.Rand) probe {
	p := probe{file: "probe_hopper", kernel: "probe_wgmma", blocks: 1, block: 128, shared: 4096 + 8, in: make([]uint32, 1024), want: make([]uint32, 64*64)}
	halves := unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(p.in))), 2048)
	var factors [2][64][16]float32
	for f := range factors {
		for row := range factors[f] {
			for column := range factors[f][row] {
				value := float32(random.IntN(255) - 127)
				factors[f][row][column] = value
				halves[1024*f+row%8*8+row/8*64+column%8+column/8*512] = uint16(math.Float32bits(value) >> 16)
			}
		}
	}
	for m := range 64 {
		for n := range 64 {
			sum := float32(1)
			for i := range 16 {
				sum += factors[0][m][i] * factors[1][n][i]
			}
			p.want[m+64*n] = math.Float32bits(sum)
		}
	}
	return p
}

// probeBox copies a box of 8 x 5 x 4 x 1 out of a tensor of 24 x 7 x 6 x 3, from a place on that may lie outside.
func probeBox(random *rand.Rand, at [4]int) probe {
	size, box := [4]int{24, 7, 6, 3}, [4]int{8, 5, 4, 1}
	p := probe{file: "probe_hopper", kernel: "probe_box", blocks: 1, block: 128, shared: 320 + 8, in: make([]uint32, 24*7*6*3/2), want: make([]uint32, 80)}
	for i := range p.in {
		p.in[i] = random.Uint32()
	}
	for z := range box[2] {
		for y := range box[1] {
			for x := range box[0] / 2 { // words
				if row, column := at[2]+z, at[1]+y; row >= 0 && row < size[2] && column >= 0 && column < size[1] {
					p.want[(z*box[1]+y)*4+x] = p.in[(((at[3]*size[2]+row)*size[1]+column)*size[0]+at[0])/2+x]
				}
			}
		}
	}
	p.more = func(in driver.Address) ([]any, error) {
		m, err := driver.NewTensorMap(in, size, box)
		return []any{driver.Struct(&m), int32(at[0]), int32(at[1]), int32(at[2]), int32(at[3])}, err
	}
	return p
}

// compareWgmma computes c, with all that may follow its sums, by both algorithms.
func (k *Kernels) compareWgmma(s driver.Stream, random *rand.Rand, c Convolution) (err error) {
	var taken []driver.Address
	defer func() {
		for _, address := range taken {
			err = errors.Join(err, driver.Free(address))
		}
	}()
	allocate := func(bytes int) (driver.Address, error) {
		address, err := driver.Allocate(int64(bytes))
		if err == nil {
			taken = append(taken, address)
		}
		return address, err
	}
	image, weights := c.Samples*c.Height*c.Width, 9*c.Channels*c.OutChannels
	outputs := image * c.OutChannels
	host, err := driver.Pinned(4 * max(image*c.Channels, outputs, weights))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, driver.FreePinned(host)) }()
	integers := func(n, most int, kind Type) (driver.Address, error) {
		address, err := allocate(n * kind.Bytes())
		if err != nil {
			return 0, err
		}
		for i := range n {
			bits := math.Float32bits(float32(random.IntN(2*most+1) - most))
			if kind == BFloat16 {
				*(*uint16)(unsafe.Pointer(&host[2*i])) = uint16(bits >> 16)
			} else {
				*(*uint32)(unsafe.Pointer(&host[4*i])) = bits
			}
		}
		return address, errors.Join(s.Upload(address, host[:n*kind.Bytes()]), s.Synchronize())
	}
	var a ConvolutionArrays
	var weight driver.Address
	for _, array := range []struct {
		at      *driver.Address
		n, most int
		kind    Type
	}{
		{&a.Input, image * c.Channels, 4, BFloat16}, {&weight, weights, 4, Float32}, {&a.Bias, c.OutChannels, 100, Float32},
		{&a.Residuals[0], outputs, 100, c.Output}, {&a.Mask, outputs, 1, c.Output},
	} {
		if *array.at, err = integers(array.n, array.most, array.kind); err != nil {
			return err
		}
	}
	a.ReLU = !c.Transposed
	var results [2][]byte
	for i, algorithm := range []Algorithm{TensorCore, Wgmma} {
		if a.Packed, err = allocate(int(c.PackedBytes(algorithm))); err != nil {
			return err
		}
		if a.Output, err = allocate(outputs * c.Output.Bytes()); err != nil {
			return err
		}
		err := errors.Join(s.Fill(a.Output, 0xffffffff, int64(outputs*c.Output.Bytes()/4)), k.PackWeights(s, []Packing{{c, algorithm, weight, a.Packed}}))
		if err == nil {
			err = k.Convolve(s, c, algorithm, a)
		}
		if err == nil {
			err = errors.Join(s.Download(host[:outputs*c.Output.Bytes()], a.Output), s.Synchronize())
		}
		if err != nil {
			return err
		}
		results[i] = append(results[i], host[:outputs*c.Output.Bytes()]...)
	}
	differ := 0
	for i := range results[0] {
		if results[0][i] != results[1][i] {
			differ++
		}
	}
	if differ > 0 {
		return fmt.Errorf("wgmma and mma differ in %d of %d bytes", differ, len(results[0]))
	}
	return nil
}
