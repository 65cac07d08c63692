//go:build gpu

package kernels

import "tweedie/kernels/driver"

// Adam updates many weights in place (Kingma & Ba 2015, algorithm 1), and the running averages of those that have one:
//
//	if norm is finite:
//	    g        = gradient * (clip > 0 && norm > clip ? clip / norm : 1)
//	    first    = beta1 * first  + rest1 * g
//	    second   = beta2 * second + rest2 * (g * g)
//	    weight  -= (rate * first) / (sqrt(second * corrections[1]) + epsilon),  rate = learning rate * corrections[0]
//	in any case:
//	    average += rest * (weight - average)
//
// Each operation rounds once to float32, and none is contracted.
type Adam struct {
	Table                      driver.Address // AdamTable, aligned to 8
	Chunks                     int            // of all weights
	Norm                       driver.Address // of all gradients together, one float32
	Scalars                    driver.Address // for the learning rate
	Corrections                driver.Address // two float32: 1/(1-beta1^t) and 1/(1-beta2^t), t = step+1
	Rest                       driver.Address // one float32, the averages' 1 - d of a step; 0 if there are no averages
	Beta1, Rest1, Beta2, Rest2 float32        // Rest is 1 - beta of the decimal number meant, rounded once
	Epsilon, Clip              float32        // Clip 0 is no limit
}

// AdamTensor is one weight with what belongs to it, arrays of float32 that do not overlap. Average may be 0.
type AdamTensor struct {
	Weight, Gradient, FirstMoment, SecondMoment, Average driver.Address
	Elements                                             int
}

// AdamTable is the table of the weights, AdamTableBytes long.
func AdamTable(tensors []AdamTensor) []byte {
	var table []byte
	for _, t := range tensors {
		table = entries(table, t.Elements, t.Weight, t.Gradient, t.FirstMoment, t.SecondMoment, t.Average)
	}
	return table
}

// AdamTableBytes is the size of a table of so many chunks.
func AdamTableBytes(chunks int) int64 { return 48 * int64(chunks) }

// Adam is one launch, bound by memory: 28 bytes an element, 36 with an average, for 14 to 17 operations.
func (k *Kernels) Adam(s driver.Stream, a Adam) error {
	if err := positive("adam", a.Chunks); err != nil {
		return err
	}
	return k.launch(s, "adam", "adam", k.blocks(a.Chunks), block, 0, a.Table, uint32(a.Chunks), a.Norm, a.Scalars, a.Corrections, a.Rest,
		a.Beta1, a.Rest1, a.Beta2, a.Rest2, a.Epsilon, a.Clip)
}
