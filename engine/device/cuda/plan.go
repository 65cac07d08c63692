//go:build gpu

package cuda

import (
	"fmt"
	"slices"

	"tweedie/engine/device"
	"tweedie/engine/program"
	"tweedie/kernels"
)

// convolutionKey names an operation in a Plan by its kind, shape and types, such as "convolution 3x3 16x64x64 32>64 bfloat16>bfloat16". The shape is
// that of the result, or of the output gradient; from and to are the types of the two images.
func convolutionKey(kind string, shape program.Tensor, weight program.Tensor, from, to program.Tensor) string {
	s, w := shape.Shape, weight.Shape
	return fmt.Sprintf("%s %dx%d %dx%dx%d %d>%d %v>%v", kind, w[2], w[3], s[0], s[1], s[2], w[1], w[0], from.Type, to.Type)
}

// choose returns the algorithm that the plan names for a key, or the preferred one, and records the choice. The order of additions, and so the
// bits, depend on it; an algorithm that is missing here is an error.
func (e *executable) choose(key string, available []kernels.Algorithm, plan device.Plan) (kernels.Algorithm, error) {
	chosen := available[0]
	if wanted, found := plan.Algorithms[key]; found {
		chosen = kernels.Algorithm(wanted)
		if !slices.Contains(available, chosen) {
			return chosen, fmt.Errorf("the plan asks for %q for %s, for which this device has %v; start without the plan, with results that differ in "+
				"the last digits", wanted, key, available)
		}
	}
	e.plan.Algorithms[key] = string(chosen)
	return chosen, nil
}
