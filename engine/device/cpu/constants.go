package cpu

import (
	"math"

	"tweedie/engine/program"
)

// adamConstants are the factors of one Adam step, computed in float64 and rounded once. The decays are the decimal numbers that were
// meant: 1 - beta of the float32 nearest to 0.999 would be off by 1e-5 of itself.
type adamConstants struct {
	beta1, rest1, beta2, rest2 float32
	rate                       float32 // learning rate / (1 - beta1^t)
	correction                 float32 // 1 / (1 - beta2^t)
}

func adamAt(op program.Adam, scalars program.Scalars) adamConstants {
	beta1, beta2, t := program.Decimal(op.Beta1), program.Decimal(op.Beta2), float64(scalars.Step)+1
	return adamConstants{
		beta1: float32(beta1), rest1: float32(1 - beta1), beta2: float32(beta2), rest2: float32(1 - beta2),
		rate: float32(program.Decimal(scalars.LearningRate) / (1 - math.Pow(beta1, t))), correction: float32(1 / (1 - math.Pow(beta2, t))),
	}
}
