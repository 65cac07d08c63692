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
// that of the result, or of the output gradient; from and to are the types of the two images. It also says if something is added to the sums where
// that rules out algorithms, namely those that round the sums to bfloat16 first.
func convolutionKey(kind string, shape program.Tensor, weight program.Tensor, from, to program.Tensor, roundable bool) string {
	s, w := shape.Shape, weight.Shape
	key := fmt.Sprintf("%s %dx%d %dx%dx%d %d>%d %v>%v", kind, w[2], w[3], s[0], s[1], s[2], w[1], w[0], from.Type, to.Type)
	if from.Type == program.BFloat16 && to.Type == program.BFloat16 && !roundable {
		key += " with additions"
	}
	return key
}

// choose returns the algorithm that the plan names for a key, or the first of our own, and records the choice. The order of additions, and so the
// bits, depend on it; an algorithm that is missing here is an error. Libraries are asked only where the plan names none of ours, and not for a program
// that is local: how they divide a sum may depend on an image's size.
func (e *executable) choose(
	key string, own []kernels.Algorithm, libraries func() ([]kernels.Algorithm, error), plan device.Plan,
) (kernels.Algorithm, error) {
	chosen, available := own[0], own
	if wanted, found := plan.Algorithms[key]; found {
		chosen = kernels.Algorithm(wanted)
		if !slices.Contains(own, chosen) && !e.program.Local {
			others, err := libraries()
			if err != nil {
				return chosen, err
			}
			available = slices.Concat(own, others)
		}
		if !slices.Contains(available, chosen) {
			return chosen, fmt.Errorf("the plan asks for %q for %s, for which this device has %v; start without the plan, with results that differ in "+
				"the last digits", wanted, key, available)
		}
	}
	e.plan.Algorithms[key] = string(chosen)
	return chosen, nil
}
