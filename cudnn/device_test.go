//go:build gpu

package cudnn

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"tweedie/kernels/driver"
)

// onGPU calls f inside Do on device 0 with cuDNN.
func onGPU(t *testing.T, f func(h *Handle, s driver.Stream)) {
	t.Helper()
	loaded(t)
	if err := driver.Load(); err != nil {
		t.Skip(err)
	}
	device, err := driver.Open(0)
	must(t, err)
	if device.Info().Name == "Emulated device" {
		t.Skip("cuDNN is not emulated")
	}
	must(t, device.Do(func() error {
		s, err := driver.NewStream()
		must(t, err)
		h, err := Open(s)
		must(t, err)
		f(h, s)
		must(t, h.Close())
		return s.Close()
	}))
	must(t, device.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// array is a tensor in device memory, in float32 or bfloat16.
type array struct {
	address  driver.Address
	values   int
	bfloat16 bool
}

// upload makes an array of values that bfloat16 holds too.
func upload(t *testing.T, s driver.Stream, values []float32, bfloat16 bool) array {
	t.Helper()
	var bytes []byte
	for _, value := range values {
		if bits := math.Float32bits(value); bfloat16 {
			bytes = binary.NativeEndian.AppendUint16(bytes, uint16(bits>>16))
		} else {
			bytes = binary.NativeEndian.AppendUint32(bytes, bits)
		}
	}
	host, err := driver.Pinned(len(bytes))
	must(t, err)
	copy(host, bytes)
	address, err := driver.Allocate(int64(len(bytes)))
	must(t, err)
	must(t, s.Upload(address, host))
	must(t, s.Synchronize())
	must(t, driver.FreePinned(host))
	return array{address, len(values), bfloat16}
}

func (a array) download(t *testing.T, s driver.Stream) []float32 {
	t.Helper()
	size := 4
	if a.bfloat16 {
		size = 2
	}
	host, err := driver.Pinned(size * a.values)
	must(t, err)
	must(t, s.Download(host, a.address))
	must(t, s.Synchronize())
	values := make([]float32, a.values)
	for i := range values {
		if a.bfloat16 {
			values[i] = math.Float32frombits(uint32(binary.NativeEndian.Uint16(host[2*i:])) << 16)
		} else {
			values[i] = math.Float32frombits(binary.NativeEndian.Uint32(host[4*i:]))
		}
	}
	must(t, driver.FreePinned(host))
	return values
}

// signs are values of -1, 0 and 1: products and sums of fewer than 256 of them are exact in every type.
func signs(n, seed int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32((i*i*31+i*17+seed*7)%3 - 1)
	}
	return values
}

// sums is the convolution's three directions by their definition, from input, weight and output's gradient.
func (s Shape) sums(input, weight, outputGradient []float32) (output, inputGradient, weightGradient []float32) {
	height, width := s.output(s.Height), s.output(s.Width)
	output, inputGradient, weightGradient = make([]float32, len(outputGradient)), make([]float32, len(input)), make([]float32, len(weight))
	for n := range s.Batch {
		for y := range height {
			for x := range width {
				for o := range s.OutChannels {
					for ky := range s.Kernel {
						for kx := range s.Kernel {
							row, column := y*s.Stride+ky-s.Padding, x*s.Stride+kx-s.Padding
							if row < 0 || row >= s.Height || column < 0 || column >= s.Width {
								continue
							}
							for i := range s.Channels {
								to := ((n*height+y)*width+x)*s.OutChannels + o
								from := ((n*s.Height+row)*s.Width+column)*s.Channels + i
								by := ((o*s.Kernel+ky)*s.Kernel+kx)*s.Channels + i
								output[to] += input[from] * weight[by]
								inputGradient[from] += outputGradient[to] * weight[by]
								weightGradient[by] += outputGradient[to] * input[from]
							}
						}
					}
				}
			}
		}
	}
	return output, inputGradient, weightGradient
}

// exact says whether an algorithm's products of small integers are exact: Winograd's and Fourier's transforms are not.
func exact(d Direction, number int) bool {
	return map[Direction]map[int]bool{
		Forward:        {0: true, 1: true, 2: true, 3: true},
		DataGradient:   {1: true},
		WeightGradient: {0: true, 1: true, 3: true},
	}[d][number]
}

// Every deterministic algorithm of every direction, against direct sums of small integers.
func TestDirectionsAgainstDirectSums(t *testing.T) {
	onGPU(t, func(h *Handle, s driver.Stream) {
		for _, bfloat16 := range []bool{false, true} {
			for _, shape := range []Shape{
				{2, 5, 7, 8, 16, 3, 1, 1, bfloat16},
				{1, 9, 3, 16, 8, 3, 1, 1, bfloat16},
				{2, 4, 6, 8, 24, 2, 2, 0, bfloat16},
				{3, 5, 5, 24, 8, 1, 1, 0, bfloat16},
			} {
				c, err := h.NewConvolution(shape)
				must(t, err)
				pixels, outputs := shape.Batch*shape.Height*shape.Width, shape.Batch*shape.output(shape.Height)*shape.output(shape.Width)
				input, weight := signs(pixels*shape.Channels, 1), signs(shape.OutChannels*shape.Kernel*shape.Kernel*shape.Channels, 2)
				gradient := signs(outputs*shape.OutChannels, 3)
				x, w, dy := upload(t, s, input, bfloat16), upload(t, s, weight, bfloat16), upload(t, s, gradient, bfloat16)
				output, inputGradient, weightGradient := shape.sums(input, weight, gradient)
				for _, direction := range []struct {
					direction     Direction
					first, second array
					want          []float32
				}{{Forward, x, w, output}, {DataGradient, dy, w, inputGradient}, {WeightGradient, x, dy, weightGradient}} {
					algorithms, err := c.Algorithms(direction.direction)
					must(t, err)
					if len(algorithms) == 0 && !(bfloat16 && direction.direction == WeightGradient) {
						t.Errorf("%v, direction %d: no algorithm", shape, direction.direction)
					}
					for _, algorithm := range algorithms {
						name := fmt.Sprintf("%v, bfloat16 %t, direction %d, algorithm %d", shape, bfloat16, direction.direction, algorithm.Number)
						workspace, err := driver.Allocate(max(algorithm.Workspace, 1))
						must(t, err)
						result := upload(t, s, make([]float32, len(direction.want)), bfloat16)
						must(t, s.Fill(result.address, 0xffffffff, int64(len(direction.want)/2))) // NaN
						must(t, c.Run(direction.direction, algorithm, direction.first.address, direction.second.address, result.address, workspace))
						compare(t, name, result.download(t, s), direction.want, exact(direction.direction, algorithm.Number))
						must(t, driver.Free(result.address))
						must(t, driver.Free(workspace))
					}
				}
				c.Close()
				for _, a := range []array{x, w, dy} {
					must(t, driver.Free(a.address))
				}
			}
		}
	})
}

// compare wants equal values, or, from a transform, values within the rounding of numbers up to 256 to bfloat16.
func compare(t *testing.T, name string, got, want []float32, exact bool) {
	t.Helper()
	bound := 0.5
	if exact {
		bound = 0
	}
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= bound) {
			t.Errorf("%s: value %d is %v, not %v", name, i, got[i], want[i])
			return
		}
	}
}
