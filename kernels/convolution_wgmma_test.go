//go:build gpu

package kernels

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tweedie/kernels/driver"
)

// onHopper runs a test on a device of compute capability 9.0: the emulated one is told to be one in a process of its own.
func onHopper(t *testing.T, test func(b *bench)) {
	t.Helper()
	const variable = "TWEEDIE_EMULATOR_CAPABILITY"
	ran := false
	onDevice(t, func(b *bench) {
		if ran = b.kernels.hopper(); ran {
			test(b)
		} else if !b.kernels.emulated {
			t.Skip("wgmma is of compute capability 9.0, which this device has not")
		}
	})
	if ran || os.Getenv("TWEEDIE_CUDA_DRIVER") == "" {
		return
	}
	if os.Getenv(variable) != "" {
		t.Fatal("the emulated device is not of compute capability 9.0")
	}
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), variable+"=9.0")
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// awkwardWgmma are shapes around its tiles: of one pixel, of a row, of columns that fill 256 positions with few rows or with many, one more and one less;
// of several samples, chunks that are not whole, several blocks of outputs.
func awkwardWgmma() []awkward {
	return []awkward{
		{1, 1, 1, 8, 64, 3}, {2, 3, 5, 64, 64, 3}, {1, 7, 40, 16, 64, 3}, {1, 6, 39, 24, 64, 3}, {3, 1, 17, 32, 128, 3}, {1, 19, 14, 8, 64, 3},
		{1, 2, 127, 16, 64, 3}, {1, 1, 257, 8, 64, 3}, {1, 87, 1, 16, 64, 3}, {2, 5, 9, 136, 192, 3},
	}
}

// TestConvolutionWgmma runs it at each size, forward and transposed where its output channels allow, with types and epilogues in turn.
func TestConvolutionWgmma(t *testing.T) {
	onHopper(t, func(b *bench) {
		epilogues, run := epilogueCases(), 0
		for _, size := range awkwardWgmma() {
			for _, transposed := range []bool{false, true} {
				if transposed {
					size.inputs, size.outputs = size.outputs, size.inputs
				}
				types := Wgmma.types()[run%2]
				c := size.convolution(transposed, types[0], types[1])
				if !slices.Contains(b.kernels.ConvolutionAlgorithms(c), Wgmma) {
					t.Fatalf("there is no wgmma for %+v", c)
				}
				testConvolution(b, c, Wgmma, epilogues[run*7%len(epilogues)])
				run++
			}
		}
	})
}

func TestCompareWgmma(t *testing.T) {
	onHopper(t, func(b *bench) { b.must(b.kernels.CompareWgmma(b.stream)) })
}

func TestCompareWgmmaElsewhere(t *testing.T) {
	k := &Kernels{capability: [2]int{8, 9}}
	if err := k.CompareWgmma(driver.Stream{}); err == nil || !strings.Contains(err.Error(), "this device has 8.9") {
		t.Errorf("on a device of compute capability 8.9: %v", err)
	}
}

// TestWgmmaIsOfferedOn9_0Alone, behind the others.
func TestWgmmaIsOfferedOn9_0Alone(t *testing.T) {
	c := Convolution{Samples: 1, Height: 8, Width: 8, Channels: 64, OutChannels: 64, Kernel: 3, Input: BFloat16, Output: BFloat16}
	for capability, want := range map[[2]int]bool{{8, 0}: false, {8, 9}: false, {9, 0}: true, {10, 0}: false, {9, 1}: false} {
		k := &Kernels{capability: capability, multiprocessors: 132, sharedBytes: 227 << 10}
		got := k.ConvolutionAlgorithms(c)
		if slices.Contains(got, Wgmma) != want || got[0] != TensorCore {
			t.Errorf("%v has %v", capability, got)
		}
	}
}

// TestWgmmaPlan: the tiles cover an image, their positions and boxes are within what the instructions take, and a DnCNN's weight stays in shared memory twice.
func TestWgmmaPlan(t *testing.T) {
	k := &Kernels{capability: [2]int{9, 0}, multiprocessors: 132, sharedBytes: 227 << 10}
	for height := 1; height < 300; height += 13 {
		for width := 1; width < 700; width++ {
			for _, channels := range []int{64, 512} {
				p := k.wgmmaPlan(Convolution{Samples: 3, Height: height, Width: width, Channels: channels, OutChannels: 128, Kernel: 3, Input: BFloat16})
				tile := p.tiles
				pitch := int(tile.columns) + 2
				if int(tile.columns*tile.across) < width || int(tile.rows*tile.down) < height || tile.count != 3*2*tile.across*tile.down ||
					int(tile.rows-1)*pitch+int(tile.columns) > wgmmaPositions || pitch > 256 || tile.rows+2 > 256 || tile.plane%128 != 0 ||
					int(tile.plane) < (wgmmaPositions+2*pitch+2)*wgmmaOctet || int(tile.plane) < int(tile.rows+2)*pitch*wgmmaOctet ||
					2*(p.shared+1024) > k.sharedBytes+1024 {
					t.Fatalf("%dx%d: %+v", height, width, p)
				}
			}
		}
	}
	p := k.wgmmaPlan(Convolution{Samples: 128, Height: 40, Width: 40, Channels: 64, OutChannels: 64, Kernel: 3, Input: BFloat16})
	if p.tiles.columns != 40 || p.tiles.rows != 6 || p.tiles.count != 896 || p.tiles.resident != 1 || p.grid != 264 {
		t.Errorf("a DnCNN's convolution is %+v", p)
	}
}
