package cpu

import "tweedie/engine/program"

// amxTier is the name that asks for AMX beside the last of Tiers.
const amxTier = "amx"

// amxState is what there is of AMX; a state but the usable one is its reason in words.
type amxState string

const (
	amxUsable  amxState = ""
	amxAbsent  amxState = "this processor has no AMX for bfloat16 beside AVX-512, or this build has no kernels for it, which takes gcc 11 on Linux"
	amxRefused amxState = "the system does not let this program use the processor's AMX, which takes Linux 5.16 or newer; bf16 is computed without it"
	amxWrong   amxState = "the processor's AMX multiplies small whole numbers otherwise than C does, so bf16 is computed without it"
)

// leastTileChannels is from how many channels on, on both sides, AMX is the default: a tile holds 32 of the one and 16 of the other, and the rest of them
// is computed in vain. On the machine of the prototype, 15 times as fast by tiles as by vectors, even a quarter of that is more than Winograd's.
const leastTileChannels = 16

// inBFloat16 says whether both factors of a convolution's products are bfloat16.
func inBFloat16(operation program.Operation) bool {
	switch op := operation.(type) {
	case program.Convolution:
		return op.Input.Type == program.BFloat16
	case program.TransposedConvolution:
		return op.Input.Type == program.BFloat16
	case program.WeightGradient:
		return op.Input.Type == program.BFloat16 && op.OutputGradient.Type == program.BFloat16
	}
	return false
}
