//go:build gpu

package cuda

import (
	"fmt"
	"os"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/devicetest"
)

// needsDriver skips a test where neither a driver nor the emulated one is named.
func needsDriver(t *testing.T) {
	t.Helper()
	if os.Getenv("TWEEDIE_CUDA_DRIVER") == "" {
		t.Skip("TWEEDIE_CUDA_DRIVER names no driver: scripts/cuda-emulator.sh builds one, or set it to libcuda.so.1 where there is a GPU")
	}
}

// TestSuite runs the suite with guard bands and with an arena that reuses memory, over our own algorithms, cuBLAS, and cuDNN or its stand-in.
func TestSuite(t *testing.T) {
	needsDriver(t)
	for _, guards := range []bool{true, false} {
		t.Run(fmt.Sprintf("guards=%v", guards), func(t *testing.T) {
			open := func(options devicetest.Options) (device.Device, error) {
				d, _, err := withStandIn(Options{Guards: options.Guards})
				return d, err
			}
			devicetest.Run(t, open, []int{1}, guards)
		})
	}
}
