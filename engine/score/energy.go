package score

import (
	"math"
	"math/rand/v2"
)

// EnergyDistance says how far two sets of samples are apart (Szekely & Rizzo 2004):
//
//	2 E|X - Y| - E|X - X'| - E|Y - Y'|
//
// It is 0 for one distribution, but for chance, and positive for two. Samples have d values each, one after the other; all pairs are taken.
func EnergyDistance(x, y []float64, d int) float64 {
	all := append(append([]float64(nil), x...), y...)
	n := len(x) / d
	first := make([]bool, len(all)/d)
	for i := range n {
		first[i] = true
	}
	return energy(distances(all, d), first, n)
}

// distances are those of all pairs of samples.
func distances(all []float64, d int) [][]float64 {
	n := len(all) / d
	return Parallel(n, func(i int) []float64 {
		row := make([]float64, n)
		for j := range row {
			square := 0.0
			for k := range d {
				difference := all[i*d+k] - all[j*d+k]
				square += difference * difference
			}
			row[j] = math.Sqrt(square)
		}
		return row
	})
}

// energy is the distance of those that are first, n of them, to the others.
func energy(distances [][]float64, first []bool, n int) float64 {
	m := len(first) - n
	var between, inFirst, inSecond float64
	for i, row := range distances {
		for j, distance := range row {
			switch {
			case first[i] != first[j]:
				between += distance // each pair twice
			case first[i]:
				inFirst += distance
			default:
				inSecond += distance
			}
		}
	}
	return between/float64(n)/float64(m) - inFirst/float64(n)/float64(n) - inSecond/float64(m)/float64(m)
}

// TwoSamples tests whether two sets of samples are of one distribution: the share of so many random divisions of all samples into two sets
// whose energy distance is at least that of the sets given. A small share says that they are not.
func TwoSamples(x, y []float64, d, divisions int, random *rand.Rand) (distance, share float64) {
	all := append(append([]float64(nil), x...), y...)
	n := len(x) / d
	first := make([]bool, len(all)/d)
	for i := range n {
		first[i] = true
	}
	pairs := distances(all, d)
	distance = energy(pairs, first, n)
	order := make([][]bool, divisions)
	for i := range order {
		random.Shuffle(len(first), func(a, b int) { first[a], first[b] = first[b], first[a] })
		order[i] = append([]bool(nil), first...)
	}
	above := 0
	for _, other := range Parallel(divisions, func(i int) float64 { return energy(pairs, order[i], n) }) {
		if !(other < distance) {
			above++
		}
	}
	return distance, float64(above+1) / float64(divisions+1)
}
