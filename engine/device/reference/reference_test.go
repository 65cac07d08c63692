package reference_test

import (
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/devicetest"
	"tweedie/engine/device/reference"
)

// TestSuite runs the suite on the reference itself: its cases must be well formed, and its bounds hold for the definition.
func TestSuite(t *testing.T) {
	devicetest.Run(t, func(devicetest.Options) (device.Device, error) { return reference.New(), nil }, []int{1}, false)
}
