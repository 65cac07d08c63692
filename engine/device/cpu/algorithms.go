package cpu

import (
	"tweedie/engine/device/devicetest"
	"tweedie/engine/program"
)

// Algorithms are what a Plan can ask for, with the bounds of their errors, for the suite of package devicetest. Of the roundings of Winograd's transforms, counted in winograd.h with two for a multiply-add, each operand's take
// at most 8, those of a sum's way back 8, those of a gradient 10, and one is left for the product's.
func Algorithms() []devicetest.Algorithm {
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

// Algorithms are those of the function of this name and, on a device with AMX or its emulation, direct sums by tiles, which have no more roundings than
// others.
func (d *Device) Algorithms() []devicetest.Algorithm {
	list := Algorithms()
	if d.backend.hasTiles() {
		list = append(list, devicetest.Algorithm{Name: amx, Applies: func(operation program.Operation) bool {
			return inBFloat16(operation) && kernelOf(operation) == 3
		}})
	}
	return list
}

func kernelOf(operation program.Operation) int {
	switch op := operation.(type) {
	case program.Convolution:
		return op.Weight.Shape[2]
	case program.TransposedConvolution:
		return op.Weight.Shape[2]
	case program.WeightGradient:
		return op.WeightGradient.Shape[2]
	}
	return 0
}
