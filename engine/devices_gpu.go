//go:build gpu

package engine

import (
	"os"

	"tweedie/engine/device"
	"tweedie/engine/device/cuda"
)

// accelerators are the kinds of device that are faster than the processor. TWEEDIE_WGMMA=1 lets a device of compute capability 9.0 choose a kernel that has
// never run on one, if that computes there what the portable one does.
func accelerators() []candidate {
	return []candidate{{name: "cuda", many: true, open: func(ordinal, _ int) (device.Device, error) {
		return cuda.New(cuda.Options{Ordinal: ordinal, TryWgmma: os.Getenv("TWEEDIE_WGMMA") == "1"})
	}}}
}
