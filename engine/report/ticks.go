package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// linearTicks marks an axis at multiples of 1, 2 or 5 times a power of ten, about six of them, with as many decimals as they need.
type linearTicks struct{}

// Ticks implements plot.Ticker.
func (linearTicks) Ticks(low, high float64) []plot.Tick {
	if !(low < high) {
		return nil
	}
	step := niceStep((high - low) / 6)
	decimals := max(0, int(-math.Floor(math.Log10(step))))
	var ticks []plot.Tick
	for i := math.Ceil(low / step); i*step <= high; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step, 'f', decimals, 64)})
	}
	return ticks
}

// niceStep returns the smallest of 1, 2 and 5 times the powers of ten that is at least smallest.
func niceStep(smallest float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(smallest)))
	for _, digit := range []float64{1, 2, 5} {
		if digit*power >= smallest {
			return digit * power
		}
	}
	return 10 * power
}

// logTicks labels an axis that shows decimal logarithms with the values themselves: at 1, 2 and 5 times the powers of ten, at the powers alone when the
// axis spans many, and at evenly spaced values when it spans hardly any. (The library's LogScale misplaces the axis' title and panics at 0.)
type logTicks struct{}

// Ticks implements plot.Ticker.
func (logTicks) Ticks(low, high float64) []plot.Tick {
	digits := []float64{1, 2, 5}
	if high-low > 3 {
		digits = digits[:1]
	}
	var ticks []plot.Tick
	for exponent := math.Floor(low); exponent <= high; exponent++ {
		for _, digit := range digits {
			if at := exponent + math.Log10(digit); at >= low && at <= high {
				ticks = append(ticks, plot.Tick{Value: at, Label: strconv.FormatFloat(digit*math.Pow(10, exponent), 'g', 3, 64)})
			}
		}
	}
	if len(ticks) >= 2 {
		return ticks
	}
	ticks = linearTicks{}.Ticks(math.Pow(10, low), math.Pow(10, high))
	for i := range ticks {
		ticks[i].Value = math.Log10(ticks[i].Value)
	}
	return ticks
}
