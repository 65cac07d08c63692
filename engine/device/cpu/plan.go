package cpu

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// convolutionKey names an operation in a Plan by its kind and shape, such as "convolution 3x3 16x64x64 32>64". The tensor is the one that has the
// weight's outputs or, transposed, its inputs as channels.
func convolutionKey(kind string, tensor, weight program.Tensor) string {
	t, w := tensor.Shape, weight.Shape
	return fmt.Sprintf("%s %dx%d %dx%dx%d %d>%d", kind, w[2], w[3], t[0], t[1], t[2], w[1], w[0])
}

// noiseKey names an addition of noise in a Plan, such as "noise 16x64x64x1": plain C for SSE2 has no multiply-add that rounds once.
func noiseKey(op program.AddNoise) string {
	shape := op.Clean.Shape
	return fmt.Sprintf("noise %dx%dx%dx%d", shape[0], shape[1], shape[2], shape[3])
}

// choose returns the backend whose kernels the plan names for a key, or the device's own, and records the choice. The order of additions, and so the
// bits, depend on the tier; a tier that is missing here is an error.
func (e *executable) choose(key string, plan device.Plan) (*backend, error) {
	const direct = "direct "
	b := e.device.backend
	if algorithm, found := plan.Algorithms[key]; found {
		tier, known := strings.CutPrefix(algorithm, direct)
		if !known || !slices.Contains(Tiers(), tier) {
			return b, fmt.Errorf("the plan asks for %q for %s, which this processor or this build lacks (it has %s); "+
				"start without the plan, with results that differ in the last digits",
				algorithm, key, direct+strings.Join(Tiers(), ", "+direct))
		}
		b = b.with(tier)
	}
	e.plan.Algorithms[key] = direct + b.tier
	return b, nil
}
