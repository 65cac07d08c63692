package cpu

import (
	"fmt"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/devicetest"
	"tweedie/engine/program"
)

// algorithms are what a Plan can ask for. Of the roundings of Winograd's transforms, counted in winograd.h with two for a multiply-add, each operand's take
// at most 8, those of a sum's way back 8, those of a gradient 10, and one is left for the product's.
func algorithms() []devicetest.Algorithm {
	list := []devicetest.Algorithm{{Name: direct, Applies: func(operation program.Operation) bool {
		switch operation.(type) {
		case program.Convolution, program.TransposedConvolution, program.WeightGradient:
			return true
		}
		return false
	}}}
	if hasWinograd {
		list = append(list, devicetest.Winograd{Name: winograd, Points: [4]float64{0.625, -0.625, 1.5, -1.5}, Transforms: 8 + 8 + 10}.Algorithm())
	}
	return list
}

// TestSuite runs the suite on every tier that this processor has, with guard bands and with an arena that reuses memory.
func TestSuite(t *testing.T) {
	for _, tier := range Tiers() {
		for _, guards := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/guards=%v", tier, guards), func(t *testing.T) {
				open := func(options devicetest.Options) (device.Device, error) {
					return New(Options{Threads: options.Threads, Tier: tier, Guards: options.Guards})
				}
				devicetest.Run(t, open, []int{1, 2, 3, 5}, guards, algorithms()...)
			})
		}
	}
}
