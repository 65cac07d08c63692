package cpu

import (
	"math"
	"strconv"

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
	beta1, beta2, t := decimal(op.Beta1), decimal(op.Beta2), float64(scalars.Step)+1
	return adamConstants{
		beta1: float32(beta1), rest1: float32(1 - beta1), beta2: float32(beta2), rest2: float32(1 - beta2),
		rate: float32(decimal(scalars.LearningRate) / (1 - math.Pow(beta1, t))), correction: float32(1 / (1 - math.Pow(beta2, t))),
	}
}

// averageRest is 1 - d of program.Average at a step.
func averageRest(op program.Average, scalars program.Scalars) float32 {
	t := float64(scalars.Step) + 1
	return float32(1 - min(decimal(op.Decay), (1+t)/(10+t)))
}

// decimal is the float64 nearest to the shortest decimal number that rounds to the float32 value: 0.9 for float32(0.9).
func decimal(value float32) float64 {
	var text [32]byte // so that a step allocates nothing
	parsed, err := strconv.ParseFloat(string(strconv.AppendFloat(text[:0], float64(value), 'g', -1, 32)), 64)
	if err != nil {
		return float64(value)
	}
	return parsed
}
