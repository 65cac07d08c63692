//go:build gpu

package kernels

import (
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestConvolutionsHaveTheSameBitsInEverySchedule runs this program's TestDigestOfConvolutions in orders of threads and of streams' work
// that the emulator knows; a device has its own.
func TestConvolutionsHaveTheSameBitsInEverySchedule(t *testing.T) {
	digests := map[string]string{}
	for _, schedule := range []string{"late", "eager", "1", "2"} {
		command := exec.Command(os.Args[0], "-test.run=^TestDigestOfConvolutions$", "-test.v")
		command.Env = append(os.Environ(), "TWEEDIE_EMULATOR_SCHEDULE="+schedule)
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", schedule, err, output)
		}
		if strings.Contains(string(output), "--- SKIP") {
			t.Skip("TWEEDIE_CUDA_DRIVER is not set: it names libcuda.so.1, or the emulator that scripts/cuda-emulator.sh builds")
		}
		_, rest, found := strings.Cut(string(output), "digest ")
		digest, _, _ := strings.Cut(rest, "\n")
		if !found || len(digest) < 16 {
			t.Fatalf("%s: no digest in\n%s", schedule, output)
		}
		digests[digest] = schedule
	}
	if len(digests) != 1 {
		t.Errorf("results depend on the schedule: %v", digests)
	}
}

// TestDigestOfConvolutions logs a digest of what every algorithm computes.
func TestDigestOfConvolutions(t *testing.T) {
	onDevice(t, func(b *bench) {
		hash := fnv.New128a()
		add := func(list []float32) {
			for _, value := range list {
				fmt.Fprintf(hash, "%08x", math.Float32bits(value))
			}
		}
		for _, size := range []awkward{{2, 9, 23, 24, 40, 3}, {1, 5, 21, 40, 24, 1}, {1, 3, 22, 24, 40, 2}, {2, 5, 9, 2, 24, 3}, {2, 5, 9, 24, 2, 3}} {
			c, g := size.convolution(false, BFloat16, BFloat16), size.weightGradient(BFloat16, BFloat16)
			height, width := c.outputShape()
			n, weights := c.Samples*height*width*c.OutChannels, c.Channels*c.OutChannels*c.Kernel*c.Kernel
			input := b.random(1, c.Samples*c.Height*c.Width*c.Channels, BFloat16)
			weight, gradient := b.random(2, weights, Float32), b.random(3, n, BFloat16)
			for _, a := range b.kernels.ConvolutionAlgorithms(c) {
				arrays := ConvolutionArrays{Input: input.address, Packed: b.allocate(int(c.PackedBytes(a)), 0), Output: b.allocate(2*n, 0), Mask: gradient.address}
				b.must(b.kernels.PackWeights(b.stream, []Packing{{c, a, weight.address, arrays.Packed}}))
				b.must(b.kernels.Convolve(b.stream, c, a, arrays))
				add(b.result(arrays.Output, n, BFloat16))
			}
			for _, a := range b.kernels.WeightGradientAlgorithms(g) {
				arrays := WeightGradientArrays{
					Input: input.address, OutputGradient: gradient.address, Gradient: b.allocate(4*weights, 0), BiasGradient: b.allocate(4*c.OutChannels, 0),
					Workspace: b.allocate(int(g.WorkspaceBytes(a)), 0),
				}
				b.must(b.kernels.WeightGradient(b.stream, g, a, arrays))
				add(b.result(arrays.Gradient, weights, Float32))
				add(b.result(arrays.BiasGradient, c.OutChannels, Float32))
			}
		}
		t.Logf("digest %x", hash.Sum(nil))
	})
}
