package cpu

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// The algorithms of convolutions, as the first word of a Plan's choice; the second is the tier.
const (
	direct   = "direct"    // sums of products
	winograd = "winograd4" // F(4x4, 3x3) of winograd.h, for 3x3 kernels with cgo
	amx      = "amx"       // direct sums of amx.h, for 3x3 kernels between bfloat16 tensors, with AMX
)

// choice is how one operation is computed.
type choice struct {
	algorithm string
	backend   *backend
}

// The kinds of convolutions in a Plan's keys.
const (
	convolutionKind    = "convolution"
	transposedKind     = "transposed convolution"
	weightGradientKind = "weight gradient"
)

// convolutionKey names an operation in a Plan by its kind and shape, such as "convolution 3x3 16x64x64 32>64". The tensor is the one that has the
// weight's outputs or, transposed, its inputs as channels.
func convolutionKey(kind string, tensor, weight program.Tensor) string {
	t, w := tensor.Shape, weight.Shape
	return fmt.Sprintf("%s %dx%d %dx%dx%d %d>%d", kind, w[2], w[3], t[0], t[1], t[2], w[1], w[0])
}

// ofBFloat16 ends the key of a convolution whose products are of bfloat16 factors: there are other algorithms for those.
const ofBFloat16 = " bfloat16"

// operationKey names an operation by its kind and shape, such as "noise 16x64x64x1". Of those that are no convolutions only this one is in Plans: plain C
// for SSE2 has no multiply-add that rounds once.
func operationKey(operation program.Operation) string {
	end := ""
	if inBFloat16(operation) {
		end = ofBFloat16
	}
	switch op := operation.(type) {
	case program.Convolution:
		return convolutionKey(convolutionKind, op.Output, op.Weight) + end
	case program.TransposedConvolution:
		return convolutionKey(transposedKind, op.Output, op.Weight) + end
	case program.WeightGradient:
		return convolutionKey(weightGradientKind, op.OutputGradient, op.WeightGradient) + end
	case program.AddNoise:
		return shapedKey("noise", op.Clean)
	}
	name := strings.TrimPrefix(fmt.Sprintf("%T", operation), "program.")
	return shapedKey(strings.ToLower(name), operation.Writes()[0])
}

func shapedKey(kind string, tensor program.Tensor) string {
	var sides []string
	for _, side := range tensor.Shape {
		sides = append(sides, strconv.Itoa(side))
	}
	return kind + " " + strings.Join(sides, "x")
}

// Where Winograd is the default. F(2x2, 3x3) beside it would pay nowhere: it takes 4 multiplications a pixel where F(4x4, 3x3) takes 2.25, and on a side of n
// pixels, with tiles that reach over the border, 16*ceil(n/2)^2 against 36*ceil(n/4)^2 for n x n, fewer for n = 1 and 2 alone, where a U-Net of patches of
// 64 ends at 8, and as many for 5 and 6.
//
// Its transforms cost as much as products of some ten channels on either side, and tiles that reach over the border are
// computed whole. A gradient of few pixels stays direct for another reason: an input that is never active under some tap makes that tap's gradient
// exactly 0, but Winograd's is some 1e-11, which Adam, dividing by the gradient's own size and its epsilon of 1e-8, turns into small steps. Over
// many pixels hardly any input does that but one that is 0 everywhere, whose gradient is exact in both.
const (
	leastChannels      = 16
	leastGradientTiles = 32
	largestWaste       = 2 // pixels of the tiles to pixels of the image
)

// winogradFits is the default's rule, by the shape alone.
func winogradFits(tensor, weight program.Tensor, gradient bool) bool {
	t, w := tensor.Shape, weight.Shape
	rows, columns := (t[1]+3)/4, (t[2]+3)/4
	if w[2] != 3 || min(w[0], w[1]) < leastChannels || 16*rows*columns > largestWaste*t[1]*t[2] {
		return false
	}
	return !gradient || t[0]*rows*columns >= leastGradientTiles
}

// chooseConvolution chooses for a convolution or one of its gradients; tensor and weight are those of convolutionKey.
func (e *executable) chooseConvolution(operation program.Operation, tensor, weight program.Tensor, plan device.Plan) (choice, error) {
	algorithms, algorithm := []string{direct}, direct
	_, gradient := operation.(program.WeightGradient)
	if hasWinograd && weight.Shape[2] == 3 && !e.local {
		algorithms = append(algorithms, winograd)
		if winogradFits(tensor, weight, gradient) {
			algorithm = winograd
		}
	}
	if e.device.backend.hasTiles() && weight.Shape[2] == 3 && inBFloat16(operation) {
		algorithms = append(algorithms, amx)
		if min(weight.Shape[0], weight.Shape[1]) >= leastTileChannels {
			algorithm = amx
		}
	}
	return e.choose(operationKey(operation), algorithm, algorithms, plan)
}

// choose returns the algorithm and the kernels that the plan names for a key, or the default and the device's own, and records the choice. The
// order of additions, and so the bits, depend on both; what is missing here is an error. Plans from before keys told bfloat16 apart lack the key's end.
func (e *executable) choose(key, algorithm string, algorithms []string, plan device.Plan) (choice, error) {
	c := choice{algorithm, e.device.backend}
	planned, found := plan.Algorithms[key]
	if !found {
		planned, found = plan.Algorithms[strings.TrimSuffix(key, ofBFloat16)]
	}
	if found {
		name, tier, _ := strings.Cut(planned, " ")
		if !slices.Contains(algorithms, name) || !slices.Contains(Tiers(), tier) {
			return c, fmt.Errorf("the plan asks for %q for %s, which this processor or this build lacks (it has %s with %s); "+
				"start without the plan, with results that differ in the last digits",
				planned, key, strings.Join(algorithms, ", "), strings.Join(Tiers(), ", "))
		}
		c = choice{name, c.backend.with(tier)}
	}
	e.plan.Algorithms[key] = c.algorithm + " " + c.backend.tier
	return c, nil
}
