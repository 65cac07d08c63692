package cpu

import (
	"fmt"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/devicetest"
)

// TestSuite runs the suite on every tier that this processor has, with guard bands and with an arena that reuses memory.
func TestSuite(t *testing.T) {
	for _, tier := range Tiers() {
		for _, guards := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/guards=%v", tier, guards), func(t *testing.T) {
				open := func(options devicetest.Options) (device.Device, error) {
					return New(Options{Threads: options.Threads, Tier: tier, Guards: options.Guards})
				}
				devicetest.Run(t, open, []int{1, 2, 3, 5}, guards, Algorithms()...)
			})
		}
	}
}
