//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// Exchange exchanges the two middle dimensions of an array of rows x first x second x length elements:
//
//	output[r, j, i, l] = input[r, i, j, l], with the other sign if Negate
//
// Over two rows of pixels it gathers the 2x2 patches of an image, and scatters them the other way; over a weight's taps and inputs it turns
// the order of a library into ours.
type Exchange struct {
	Input, Output               Array // of one type
	Rows, First, Second, Length int
	Negate                      bool
}

// Exchange is one launch, bound by memory: each element is read and written once. Arrays are float32 or bfloat16 and begin at multiples of
// 16 bytes; each row has less than 2^31 elements.
func (k *Kernels) Exchange(s driver.Stream, e Exchange) error {
	kind, err := floats("exchange", e.Input, e.Output)
	if err != nil {
		return err
	}
	if err := positive("exchange", e.Rows, e.First, e.Second, e.Length, e.First*e.Second*e.Length); err != nil {
		return err
	}
	if e.Negate && kind != Float32 {
		return fmt.Errorf("exchange: %v is not negated, only float32", kind)
	}
	if aligned(16, e.Input.Address, e.Output.Address) == 0 {
		return fmt.Errorf("exchange: an array does not begin at a multiple of 16 bytes")
	}
	unit := kind.Bytes()
	for _, wider := range []int{4, 16} {
		if e.Length*kind.Bytes()%wider == 0 {
			unit = wider
		}
	}
	length := e.Length * kind.Bytes() / unit
	grid := driver.Dim{X: min(parts(e.First*e.Second*length, threads), 1<<15), Y: min(e.Rows, 1<<15)}
	return k.launch(s, "exchange", fmt.Sprint("exchange_", unit), grid, block, 0,
		e.Input.Address, e.Output.Address, uint32(e.Rows), uint32(e.First), uint32(e.Second), uint32(length), uint32(flag(e.Negate))<<31)
}
