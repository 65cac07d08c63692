//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// Epilogue is what follows the sums of a convolution, for sums that were computed elsewhere; the kernels of Convolution have it built in:
//
//	value  = (Negate ? -(sum + bias[channel]) : sum + bias[channel]) + residual0 + residual1
//	output = mask > 0 ? (ReLU ? max(value, 0) : value) : 0
//
// in float32, rounded once to the output's type. Channel is an element's index modulo Channels.
type Epilogue struct {
	Sums      Array
	Bias      driver.Address    // optional, float32, one for each channel
	Residuals [2]driver.Address // optional, of the output's type, as the mask
	Mask      driver.Address    // optional
	Output    Array             // may lie where the sums do, if it is of their type
	Elements  int
	Channels  int
	Negate    bool
	ReLU      bool
}

// Needed says whether the output is anything else than a copy of the sums.
func (e Epilogue) Needed() bool {
	return e.Bias != 0 || e.Residuals != [2]driver.Address{} || e.Mask != 0 || e.Negate || e.ReLU || e.Output.Type != e.Sums.Type
}

// Epilogue is one launch, bound by memory: each sum, residual and mask is read once, and each element written once. Sums and output are
// each float32 or bfloat16; arrays begin at multiples of 16 bytes.
func (k *Kernels) Epilogue(s driver.Stream, e Epilogue) error {
	for _, array := range []Array{e.Sums, e.Output} {
		if _, err := floats("epilogue", array); err != nil {
			return err
		}
	}
	if e.Sums.Address == e.Output.Address && e.Sums.Type != e.Output.Type {
		return fmt.Errorf("epilogue: sums of %v are overwritten by %v; give the output a place of its own", e.Sums.Type, e.Output.Type)
	}
	if e.Elements < 1 || e.Channels < 1 || e.Channels > 1<<30 || e.Elements%e.Channels != 0 {
		return fmt.Errorf("epilogue: %d elements are not pixels of %d channels", e.Elements, e.Channels)
	}
	if aligned(16, e.Sums.Address, e.Bias, e.Residuals[0], e.Residuals[1], e.Mask, e.Output.Address) == 0 {
		return fmt.Errorf("epilogue: an array does not begin at a multiple of 16 bytes")
	}
	arguments := convolutionEpilogue{
		bias: e.Bias, residual: e.Residuals, mask: e.Mask, output: e.Output.Address, negate: flag(e.Negate), relu: flag(e.ReLU),
		bfloat16: flag(e.Output.Type == BFloat16),
	}
	return k.launch(s, "epilogue", "epilogue"+e.Sums.Type.suffix(), k.blocks(parts(e.Elements, chunk)), block, 0,
		e.Sums.Address, driver.Struct(&arguments), uint64(e.Elements), int32(e.Channels))
}
