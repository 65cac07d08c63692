//go:build !gpu

package engine

// accelerators are the kinds of device that are faster than the processor: none without the tag gpu.
func accelerators() []candidate { return nil }
