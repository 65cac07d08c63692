//go:build gpu

package engine

import (
	"tweedie/engine/device"
	"tweedie/engine/device/cuda"
)

// accelerators are the kinds of device that are faster than the processor.
func accelerators() []candidate {
	return []candidate{{name: "cuda", many: true, open: func(ordinal, _ int) (device.Device, error) {
		return cuda.New(cuda.Options{Ordinal: ordinal})
	}}}
}
